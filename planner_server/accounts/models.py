"""Accounts, people, devices; and the sites and sectors that planning belongs to."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from planner_server.feed.rows import FeedRow, FeedStamp, uid_field

SECTORS_A_SITE = 5


class Account(models.Model):
    """A tenant. A limit of None is no limit."""

    uid = uid_field(unique=True)
    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255, unique=True)
    is_active = models.BooleanField(default=True)
    max_sites = models.PositiveIntegerField(null=True, blank=True)
    max_users = models.PositiveIntegerField(null=True, blank=True)
    max_keywords = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name


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
    created_at = models.BigIntegerField()

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
