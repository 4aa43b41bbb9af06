"""Speaking with a platform: one signed-in session, the documented API's few calls that sync needs, and the feed dialect.

The only place of the desktop that knows HTTP. Everything raises the errors of sync.errors.
"""

from sync.transport.address import canonical_server
from sync.transport.faults import NoExtension, OperationReused, TooLarge
from sync.transport.feed import FeedClient, PushPart
from sync.transport.pages import FeedLine, FeedPage, TornPage
from sync.transport.pausing import GatedFeed
from sync.transport.rest import AccountInfo, IndustryInfo, Rest, SectorInfo, SiteInfo
from sync.transport.session import STALL_SECONDS, Session, SignedIn, Tokens

__all__ = [
    "STALL_SECONDS",
    "AccountInfo",
    "FeedClient",
    "FeedLine",
    "FeedPage",
    "GatedFeed",
    "IndustryInfo",
    "NoExtension",
    "OperationReused",
    "PushPart",
    "Rest",
    "SectorInfo",
    "Session",
    "SignedIn",
    "SiteInfo",
    "Tokens",
    "TooLarge",
    "TornPage",
    "canonical_server",
]
