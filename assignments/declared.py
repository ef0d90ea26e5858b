"""What one says beside a text: whether it may be quoted, a commitment, what help was used, where a recording is."""

from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from assignments.texts import fingerprint, is_blank

LONGEST_LINK = 2000
is_address = URLValidator(schemes=["https"])


class Quoting(models.TextChoices):
    """Whether a paper may be quoted in class."""

    NO = "no", "Not to be quoted"
    UNNAMED = "unnamed", "May be quoted without the name"
    NAMED = "named", "May be quoted with the name"


# As its writer answers when asked.
ANSWERS = (
    (Quoting.NO.value, "No"),
    (Quoting.UNNAMED.value, "Yes, without my name"),
    (Quoting.NAMED.value, "Yes, with my name"),
)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is said beside a text; the names are those of the columns."""

    quoting: str = Quoting.NO.value
    commitment: str = ""
    help_used: str = ""
    link: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written; a choice about quoting nothing is no writing."""
        return all(is_blank(text) for text in (self.commitment, self.help_used, self.link))

    @property
    def fingerprint(self) -> str:
        """By which the same post is known again; empty when nothing is said, as before anything could be."""
        return "" if self == Declared() else fingerprint(repr(sorted(asdict(self).items())))


class DeclaredFields(models.Model):
    """The columns of `Declared`, the same for drafts, kept texts and what was handed in."""

    quoting = models.CharField(max_length=8, choices=Quoting.choices, default=Quoting.NO)
    commitment = models.TextField(blank=True)
    help_used = models.TextField(blank=True)
    link = models.TextField(blank=True, help_text="As it was typed; checked when it is handed in, never fetched.")

    class Meta:
        abstract = True

    @property
    def declared(self) -> Declared:
        """What is said beside this text."""
        return Declared(quoting=self.quoting, commitment=self.commitment, help_used=self.help_used, link=self.link)

    def declare(self, declared: Declared) -> None:
        """Say this beside the text; not saved."""
        for name, value in asdict(declared).items():
            setattr(self, name, value)


def is_link(link: str) -> bool:
    """Whether people can be sent there: https, a host, and no name in front of it that looks like one."""
    try:
        is_address(link)
        return len(link) <= LONGEST_LINK and "@" not in urlsplit(link).netloc
    except (ValidationError, ValueError):
        return False


def host_of(link: str) -> str:
    """The host as the network knows it, so that letters of another script cannot pose as known ones."""
    host = urlsplit(link).hostname or ""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
