from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Coalesce, Lower, NullIf

from core.zones import say_zone, zone_names


def validate_zone(name: str) -> None:
    """Refuse what is not the name of an IANA zone; empty means "not yet said"."""
    if name and name not in zone_names():
        raise ValidationError(f"“{name}” is not a time zone; write a name such as Asia/Kolkata.")


def in_lists(person: str = "") -> Lower:
    """Where a person stands in lists: by the key where one is given, else by the name; `person` such as "user__".

    Élodie stands beside Elena: not every server's collations know letters with accents, so these are taken off.
    """
    return Lower(Func(Coalesce(NullIf(f"{person}sort_key", Value("")), f"{person}name"), function="unaccent"))


class UserManager(BaseUserManager["User"]):
    """People by their address; addresses differ from each other beyond upper and lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Make and save a person; without a password they sign in by a code or set one by mail."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """An operator. Opens no paper and no coaching note: see `accounts.roles`."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign-in ignores upper and lower case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: how they sign in, what they are called, and whose clock they live by.

    Work, extensions and attendance hang on an enrollment, never here.
    """

    email = models.EmailField("e-mail address")
    name = models.CharField("name as shown", max_length=200, help_text="As it stands in lists and beside your work.")
    addressed_as = models.CharField(
        "how to be addressed",
        max_length=100,
        blank=True,
        help_text="What mails say after “Dear”. Empty: the name.",
    )
    certificate_name = models.CharField(
        "name for the certificate", max_length=200, blank=True, help_text="Empty: the name as shown."
    )
    sort_key = models.CharField(
        "sorted under", max_length=200, blank=True, help_text="For lists: “Rao, Amara”. Empty: by the name as shown."
    )
    pronouns = models.CharField(max_length=50, blank=True)
    zone = models.CharField("time zone", max_length=64, blank=True, validators=[validate_zone])
    # Set when the person says "keep my zone" for a browser that lives elsewhere: that zone is not asked about again.
    zone_kept_for = models.CharField(max_length=64, blank=True, editable=False)
    # One of settings.LANGUAGES; empty: the site's.
    language = models.CharField("language of mails", max_length=10, blank=True)
    shows_email = models.BooleanField("other participants may see my address", default=False)
    shows_zone = models.BooleanField("other participants may see my time zone", default=True)
    first_steps_at = models.DateTimeField(null=True, blank=True, editable=False)
    joined_at = models.DateTimeField(null=True, editable=False)
    # Part of the secret address of the person's calendar feed: with each renewal the address before it is dead.
    calendar_renewals = models.PositiveIntegerField(default=0, editable=False)
    is_staff = models.BooleanField("may open the program office", default=False)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = [in_lists(), "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="This address already has an account.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def salutation(self) -> str:
        """What follows "Dear"."""
        return self.addressed_as or self.name

    @property
    def tz(self) -> ZoneInfo:
        """The clock this person lives by; UTC until they have said."""
        return ZoneInfo(self.zone or "UTC")

    @property
    def zone_spoken(self) -> str:
        """What people call the zone: "New York"."""
        return say_zone(self.zone or "UTC")

    def has_done_first_steps(self, at: datetime) -> bool:
        """Whether name, zone and what others may see were confirmed by then."""
        return self.first_steps_at is not None and self.first_steps_at <= at
