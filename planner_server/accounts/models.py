"""Accounts, people, devices; and the sites and sectors that planning belongs to."""

from __future__ import annotations

from typing import Any, Literal

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from planner_server.feed.rows import FeedRow, FeedStamp, uid_field

SECTORS_A_SITE = 5
Limit = Literal["max_sites", "max_users", "max_keywords", "max_sectors"]


class Plan(models.Model):
    """What an account may have. A limit of None is no limit; `max_sectors` is a site's, and never above SECTORS_A_SITE."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    included_credits = models.PositiveIntegerField(default=0)
    max_sites = models.PositiveIntegerField(null=True, blank=True)
    max_users = models.PositiveIntegerField(null=True, blank=True)
    max_keywords = models.PositiveIntegerField(null=True, blank=True)
    max_sectors = models.PositiveIntegerField(null=True, blank=True)
    max_ahrefs_queries = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(
        default=True,
        help_text="In force. Accounts of a plan that is not are let in nowhere but where they can see why.",
    )
    is_internal = models.BooleanField(default=False, help_text="Given by staff only; not listed to anybody.")
    created_at = models.BigIntegerField(editable=False)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A tenant. A limit of its own goes before its plan's; where both are None there is none."""

    uid = uid_field(unique=True)
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="accounts")
    account_timezone = models.CharField(max_length=64, default="UTC")
    """IANA name."""
    is_active = models.BooleanField(default=True)
    max_sites = models.PositiveIntegerField(null=True, blank=True)
    max_users = models.PositiveIntegerField(null=True, blank=True)
    max_keywords = models.PositiveIntegerField(null=True, blank=True)
    max_sectors = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.BigIntegerField(editable=False)

    def __str__(self) -> str:
        return self.name

    def limit(self, name: Limit) -> int | None:
        """Return how many the account may have, None for as many as it likes."""
        own: int | None = getattr(self, name)
        if own is not None or self.plan is None:
            return own
        planned: int | None = getattr(self.plan, name)
        return planned

    @property
    def sectors_a_site(self) -> int:
        """How many active sectors a site may have."""
        limit = self.limit("max_sectors")
        return SECTORS_A_SITE if limit is None else min(limit, SECTORS_A_SITE)


class UserManager(BaseUserManager["User"]):
    """Finds people by the address they sign in with, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with that address."""
        return self.get(email=(username or "").strip().casefold())


class User(AbstractBaseUser):
    """A person (or the platform's own bot, who cannot sign in). `email` is kept case folded."""

    class Role(models.TextChoices):
        """What a user may do inside his account; a developer may everywhere."""

        DEVELOPER = "developer"
        OWNER = "owner"
        ADMIN = "admin"
        EDITOR = "editor"
        VIEWER = "viewer"
        SYSTEM_BOT = "system_bot"

    uid = uid_field(unique=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, default="", blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.EDITOR)
    account = models.ForeignKey(Account, models.PROTECT, related_name="users")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        default=False, help_text="Works for the platform: sees the staff pages, whatever his role is."
    )
    reset_asked_at = models.BigIntegerField(null=True, blank=True, editable=False)
    """When somebody said that the password is forgotten; None once there is a new one."""
    created_at = models.BigIntegerField(editable=False)

    only_site: int | None = None
    """Not a column: the one site that a request with a site's key is kept to."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["developer", "owner", "admin", "editor", "viewer", "system_bot"]
                ),
                name="user_role",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def needs_grants(self) -> bool:
        """Whether the user sees only the sites he was given; the others see every site of the account."""
        return self.role in {self.Role.EDITOR, self.Role.VIEWER}

    @property
    def may_write(self) -> bool:
        """Whether the user may change anything in planning."""
        return self.role != self.Role.VIEWER

    @property
    def manages_team(self) -> bool:
        """Whether the user looks after people, grants and settings of the account."""
        return self.role in {self.Role.DEVELOPER, self.Role.OWNER, self.Role.ADMIN}

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002 - Django passes them
        """Whether the staff pages let him do something: staff may whatever a page offers."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 - Django passes it
        """Whether the staff pages show him an application."""
        return self.is_active and self.is_staff


class Device(models.Model):
    """A place the user signed in on. Revoking it ends its tokens at once."""

    uid = uid_field(unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    name = models.CharField(max_length=255, default="", blank=True)
    app = models.CharField(max_length=100, default="", blank=True)
    created_at = models.BigIntegerField()
    last_seen_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or self.uid


class Site(FeedRow):
    """A web site that is planned for."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="sites")
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255)
    domain = models.CharField(max_length=255, default="", blank=True)
    industry = models.ForeignKey(
        "library.Industry", models.PROTECT, null=True, blank=True, related_name="sites"
    )
    is_active = models.BooleanField(default=True)
    """Shown to the public, and worked on by automation. Planning goes on either way."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "slug"], condition=models.Q(deleted_at__isnull=True), name="site_slug_once"
            )
        ]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="site_feed")]

    def __str__(self) -> str:
        return self.name


class Sector(FeedRow):
    """A part of a site that stands for one industry sector. Deselecting one switches it off; it keeps its rows."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="sectors")
    industry_sector = models.ForeignKey(
        "library.IndustrySector", models.PROTECT, null=True, blank=True, related_name="site_sectors"
    )
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "industry_sector"],
                condition=models.Q(deleted_at__isnull=True),
                name="sector_once",
            )
        ]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="sector_feed")]

    def __str__(self) -> str:
        return self.name


class SiteAccess(models.Model):
    """A site given to a user below admin."""

    user = models.ForeignKey(User, models.CASCADE, related_name="site_access", db_index=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="access")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="site_access_once")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.site_id}"


class SiteKey(models.Model):
    """The one API key of a site. It stands apart from the site, whose row only the gate may write."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="api_key")
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256. The key is 256 random bits: nothing slower is needed."""
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"key of {self.site_id}"


class AccountIndustry(FeedStamp):
    """An industry of the library as it appears on the feed of an account that has a site in it."""

    uid = uid_field()
    industry = models.ForeignKey("library.Industry", models.PROTECT, related_name="listings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "uid"], name="account_industry_once")]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="account_industry_feed")]

    def __str__(self) -> str:
        return self.uid


class AccountIndustrySector(FeedStamp):
    """An industry sector of the library as it appears on the feed of an account that has a site in its industry."""

    uid = uid_field()
    industry_sector = models.ForeignKey("library.IndustrySector", models.PROTECT, related_name="listings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "uid"], name="account_isector_once")]
        indexes = [models.Index(fields=["scope", "ver", "uid"], name="account_isector_feed")]

    def __str__(self) -> str:
        return self.uid
