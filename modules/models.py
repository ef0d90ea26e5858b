from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse

from cohorts.models import Enrollment, Meeting, SectionFellow
from cohorts.models.enrollment import EnrollmentQuerySet
from core.fields import WallRuleField
from modules.opening import OpensAt, Standing
from programs.models import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class ModuleQuerySet(models.QuerySet["Module"]):
    """Modules as participants and staff ask for them."""

    def for_session(self, session: Session) -> "ModuleQuerySet":
        """The curriculum of one session, in its order."""
        return self.filter(session=session).order_by("position")

    def visible_to(self, user: "User | AnonymousUser", at: datetime) -> "ModuleQuerySet":
        """The outlines one may see: number, title, outcome and opening of a module that is still closed, no more."""
        if not user.is_authenticated:
            return self.none()
        places = Enrollment.objects.reading(at).filter(user=user)
        return self.filter(Q(session__in=places.values("session")) | of_staff(user))

    def readable_by(self, user: "User | AnonymousUser", at: datetime) -> "ModuleQuerySet":
        """Modules whose introduction and items are open to this person; all of a session to its staff."""
        if not user.is_authenticated:
            return self.none()
        opened = Module.objects.for_each_of(Enrollment.objects.reading(at).filter(user=user)).open(at)
        return self.filter(Q(pk__in=opened.values("pk")) | of_staff(user))

    def with_opening_for(self, enrollment: Enrollment) -> "ModuleQuerySet":
        """Annotate `opens_at`: when each module opens for one person as things stand, None while only work opens it."""
        return self.annotate(opens_at=OpensAt(enrollment.pk))

    def by_calendar(self) -> "ModuleQuerySet":
        """Annotate `opens_at` as it is for nobody in particular: staff see when participants may expect it."""
        return self.annotate(opens_at=Greatest("releases_at", "ready_at"))

    def for_each_of(self, enrollments: EnrollmentQuerySet) -> "ModuleQuerySet":
        """A row for each module and person of its session: `whose`, the enrollment's key, and their `opens_at`."""
        each = self.annotate(whose=F("session__enrollments"))
        for_them = each.filter(whose__in=enrollments.order_by().values("pk"))
        return for_them.annotate(opens_at=OpensAt(F("whose")))  # type: ignore[no-redef]

    def open(self, at: datetime) -> "ModuleQuerySet":
        """After `with_opening_for`: those that are open by then."""
        return self.filter(is_ready=True, opens_at__lte=at)

    def opening_between(self, since: datetime, until: datetime) -> "ModuleQuerySet":
        """What opens for whom (since < opens_at <= until), of those who are told of it; see `for_each_of`.

        Looks only where something happened in that span, so that it can be asked every minute.
        """
        span = (since, until)
        begun = list(
            Module.objects.filter(within("releases_at", *span) | within("ready_at", *span)).values_list("pk", flat=True)
        )
        # Elsewhere no work opens anything, and a class hands in all day.
        strict = Session.Order.STRICT
        closing = Item.objects.required_work().filter(within("blocks_until", *span), module__session__order=strict)
        handed_in = ItemProgress.objects.filter(within("done_at", *span), enrollment__session__order=strict)
        opened = ModuleOpening.objects.filter(within("opened_at", *span))
        # Most of the time nothing: four short questions for a long one, which then asks of no more than there was.
        something_happened = Q(pk__in=begun)
        if closing.exists():
            something_happened |= Q(session__in=closing.values("module__session"))
        if handed_in.exists():
            something_happened |= Q(whose__in=handed_in.values("enrollment"))
        if opened.exists():
            something_happened |= Q(whose__in=opened.values("enrollment"))
        ready = self.filter(is_ready=True, session__status=Session.Status.PUBLISHED, session__access_ends_at__gt=until)
        told = ready.for_each_of(Enrollment.objects.notified())
        return told.filter(something_happened).filter(within("opens_at", *span))


def of_staff(user: "User") -> Q:
    """Of the sessions that this person is appointed to or leads a section of."""
    leads = SectionFellow.objects.filter(user=user).values("section__session")
    return Q(session__in=Session.objects.of_staff(user).values("pk")) | Q(session__in=leads)


def within(column: str, since: datetime, until: datetime) -> Q:
    """After the one and not after the other."""
    return Q(**{f"{column}__gt": since, f"{column}__lte": until})


class ItemQuerySet(models.QuerySet["Item"]):
    """Items as participants and staff ask for them."""

    def visible_to(self, user: "User | AnonymousUser", at: datetime) -> "ItemQuerySet":
        """Items of modules that are open for this person; all of a session to its staff."""
        return self.filter(module__in=Module.objects.readable_by(user, at).values("pk"))

    def required_work(self) -> "ItemQuerySet":
        """What strict order waits for."""
        return self.filter(kind=Item.Kind.ASSIGNMENT, is_required=True)

    def ticked_by_hand(self) -> "ItemQuerySet":
        """Those a participant marks as done; work to hand in is done by handing it in."""
        return self.exclude(kind=Item.Kind.ASSIGNMENT)

    def with_done_for(self, enrollment: Enrollment) -> "ItemQuerySet":
        """Annotate `done_at`, None while it is to be done."""
        done = ItemProgress.objects.filter(item=OuterRef("pk"), enrollment=enrollment.pk)
        return self.annotate(done_at=Subquery(done.values("done_at")))


class Module(models.Model):
    """A unit of a session's curriculum. `release_rule` is what was meant, `releases_at` what it resolves to."""

    class Kind(models.TextChoices):
        ORIENTATION = "orientation", "Orientation"
        CORE = "core", "Module"
        LIVE = "live", "Live class"
        WRAP_UP = "wrap_up", "Wrap-up"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="modules")
    key = models.SlugField(max_length=60, help_text="Its name in the program file and in addresses.")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CORE)
    position = models.PositiveSmallIntegerField(help_text="Its place in the order; strict order follows it.")
    number = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="As people say it: Module 3. May be empty."
    )
    title = models.CharField(max_length=200)
    outcome = models.TextField(blank=True, help_text="What participants can do, or have made, when it is done.")
    practice = models.CharField(
        max_length=60, blank=True, help_text="The practice it trains, if the program names them."
    )
    introduction = models.TextField(blank=True, help_text="Markdown.")
    # An introduction changed after its release says so on the page; `modules.services.note_change` sets it.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    release_rule = WallRuleField("opens", help_text="Such as: week 3, Monday, 09:00 (program time).")
    releases_at = models.DateTimeField(editable=False)
    # Counted by a trigger whenever the opening changes, whoever changes it: calendars follow it.
    times_moved = models.PositiveIntegerField(default=0, editable=False)
    is_ready = models.BooleanField(
        default=True,
        help_text="A module in preparation does not open at its instant; participants read “opens shortly”.",
    )
    # Set when a module in preparation was made ready: after its instant, that is when it opens.
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_sample = models.BooleanField(default=False, help_text="The page says that this text is a sample.")

    objects = ModuleQuerySet.as_manager()

    # Set by `ModuleQuerySet.with_opening_for` and `for_each_of`.
    opens_at: datetime | None
    whose: int
    # Set by `Outline.of`.
    standing: Standing

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "key"],
                name="module_key_unique",
                violation_error_message="This session already has a module of that key.",
            ),
            models.UniqueConstraint(
                fields=["session", "position"],
                name="module_position_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["session", "number"],
                name="module_number_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"Module {self.number} · {self.title}" if self.number else self.title

    def get_absolute_url(self) -> str:
        """Its page; needs the session in the row."""
        return reverse("dashboards:module-detail", args=[self.session.slug, self.key])

    @property
    def short_name(self) -> str:
        """ "Module 3", or the title where it has no number."""
        return f"Module {self.number}" if self.number else self.title

    def standing_at(self, moment: datetime) -> Standing:
        """How it stands for the person whose `opens_at` it bears."""
        if self.opens_at is not None and self.opens_at <= moment:
            return Standing.OPEN if self.is_ready else Standing.SHORTLY
        return Standing.LATER if self.opens_at == self.releases_at else Standing.BLOCKED


class Item(models.Model):
    """Something in a module. An assignment is a row of its own app with a one-to-one to its item."""

    class Kind(models.TextChoices):
        READING = "reading", "Reading"
        VIDEO = "video", "Lecture video"
        PAGE = "page", "Page"
        LINK = "link", "Link"
        DISCUSSION = "discussion", "Discussion"
        LIVE = "live", "Live meeting"
        ASSIGNMENT = "assignment", "Assignment"

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="items")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, help_text="Markdown.")
    url = models.URLField(blank=True, validators=[URLValidator(schemes=["https", "http"])])
    transcript = models.TextField(blank=True, help_text="Of a lecture video.")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="About how long it takes.")
    is_required = models.BooleanField(
        default=True, help_text="Where order is strict, required work opens the next module."
    )
    is_sample = models.BooleanField(default=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, blank=True, related_name="items")
    # Text changed after its release says so on the page; `modules.services.note_change` sets it.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set by the app that owns the work: from then on unhanded work no longer keeps the next module closed.
    blocks_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ItemQuerySet.as_manager()

    # Set by `ItemQuerySet.with_done_for`.
    done_at: datetime | None

    class Meta:
        ordering = ["module", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["module", "key"],
                name="item_key_unique",
                violation_error_message="This module already has an item of that key.",
            ),
            models.UniqueConstraint(
                fields=["module", "position"], name="item_position_unique", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=~Q(kind="link") | ~Q(url=""),
                name="item_link_has_address",
                violation_error_message="A link needs its address.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ItemProgress(models.Model):
    """That an item is done by somebody; strict order reads nothing else."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="progress")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="progress")
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "enrollment"], name="item_done_once")]
        indexes = [
            models.Index(fields=["enrollment", "item"]),
            # The planner asks every minute what was done in the last ones.
            models.Index(fields=["done_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.item} done"


class ModuleOpening(models.Model):
    """A module opened for one person ahead of its order or instant, with the reason."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="openings")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="openings")
    reason = models.CharField(max_length=500)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["module", "enrollment"], name="module_opened_once_per_person"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="module_opening_has_reason",
                violation_error_message="Write why the module is opened for this person.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} for {self.enrollment.user}"
