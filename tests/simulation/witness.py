"""Who watches a world: one method for each kind of event, all doing nothing until somebody overrides them.

The oracle and the invariants are witnesses. A witness raises `Broken` (or any AssertionError) for what must not be; the world
lets it through, and the seed has failed.

Order of calls: `began` once; then for each step of the world any number of events and `after_step`; after the settling
`at_rest` once. `before` comes before a machine does anything (an edit, a step of its engine), so that a witness can look at
what its person sees at that moment; what came of it follows as an event of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner_core.commands import Command
from sync.replica import Changed, Choice, Outcome, ReviewRow

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.network import Exchange
    from tests.simulation.world import World


class Broken(AssertionError):
    """Something that was promised does not hold."""


class Witness:
    """Watches a world. Every machine handed in is usable as it is (`replica`, `engine`, `path`, `name`, `user`)."""

    def began(self, world: World) -> None:
        """The world stands: machines have synced once, nothing waits."""

    def before(self, machine: Machine, doing: str) -> None:
        """A machine is about to do something: edit, undo, redo, cancel, resolve, step."""

    # ------------------------------------------------------------------ what people do

    def edited(self, machine: Machine, commands: Sequence[Command], outcome: Outcome) -> None:
        """Commands were run. `outcome.action` is None where nothing was written.

        If the machine crashed after the commit, the outcome is the one that nobody heard of: look at the replica, not at it.
        """

    def undone(self, machine: Machine, action: str | None, outcome: Outcome) -> None:
        """An action was undone; None: the latest that can be."""

    def redone(self, machine: Machine, outcome: Outcome) -> None:
        """The latest undo was taken back."""

    def cancelled(self, machine: Machine, action: str, outcome: Outcome) -> None:
        """An action was discarded where it was not sent yet."""

    def resolved(
        self, machine: Machine, items: Sequence[ReviewRow], choice: Choice, outcome: Outcome
    ) -> None:
        """Review items were decided; `items` as they were shown before."""

    def restored_as_new(self, machine: Machine, items: Sequence[ReviewRow], outcome: Outcome) -> None:
        """What lay in Review was made anew under new identities."""

    # ------------------------------------------------------------------ what machines do

    def stepped(self, machine: Machine) -> None:
        """The machine's engine did one step."""

    def changed(self, machine: Machine, changed: Changed) -> None:
        """The engine announced a committed change of rows, review or state (called inside the step)."""

    def applied(self, machine: Machine) -> None:
        """The machine has just committed an apply (crash point C14; called inside the step)."""

    def crashed(self, machine: Machine, point: str) -> None:
        """The process of the machine ended at a crash point ("" between two steps) and was started anew."""

    def replica_kept(self, machine: Machine, copy: str) -> None:
        """Somebody keeps a copy of the replica file; `copy` names it."""

    def replica_restored(self, machine: Machine, copy: str) -> None:
        """The replica file was replaced by the earlier copy of that name; the machine runs on it now."""

    def cloned(self, original: Machine, machine: Machine) -> None:
        """`machine` was just set up with a copy of the original's file; both go on."""

    # ------------------------------------------------------------------ what the platform does

    def exchanged(self, exchange: Exchange) -> None:
        """The platform carried out a request (also a late copy, and one whose answer nobody will read)."""

    def pushed(self, exchange: Exchange) -> None:
        """Like `exchanged`, for pushes that were no dry run: `exchange.push` holds header, mutations and reply."""

    def server_wrote(self, actor: str, commands: Sequence[Command]) -> None:
        """A job ("job") or a person in a browser ("user") changed rows on the platform directly."""

    def server_kept(self, copy: str) -> None:
        """Somebody keeps a copy of the platform's database."""

    def server_restored(self, copy: str, *, announced: bool) -> None:
        """The platform's database was replaced by the earlier copy; announced: every scope got a new epoch."""

    def server_crashed(self, point: str) -> None:
        """The platform's process ended at a named point in the middle of a request."""

    def collected(self, what: str) -> None:
        """Tombstones or operation ids ("tombstones", "operations") were purged."""

    def access_changed(self, user: int, access: str) -> None:
        """A user's access to the site is now rw, ro or none."""

    # ------------------------------------------------------------------ the whole

    def after_step(self, world: World) -> None:
        """One step of the world is done."""

    def at_rest(self, world: World) -> None:
        """No faults any more, everybody has synced and decided; nothing waits, nothing asks."""


class Witnesses(Witness):
    """Several witnesses as one."""

    def __init__(self, members: Sequence[Witness]) -> None:
        self._members = tuple(members)

    def __getattribute__(self, name: str):  # type: ignore[no-untyped-def]
        members = object.__getattribute__(self, "_members")
        if name.startswith("_") or name not in _EVENTS:
            return object.__getattribute__(self, name)

        def tell(*values: object, **named: object) -> None:
            for member in members:
                getattr(member, name)(*values, **named)

        return tell


_EVENTS = frozenset(name for name in vars(Witness) if not name.startswith("_"))
