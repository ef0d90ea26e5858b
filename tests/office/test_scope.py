"""Whoever directs one program learns nothing of another, whatever door of the office they try."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.roles import Role
from audit.services import record
from cohorts.models import Enrollment, Meeting, Section
from cohorts.notices import invitation
from jobs.models import Job
from notifications import outbox
from notifications.models import Notice
from programs.models import Appointment, Credit, Session
from tests import cast
from tests.cast import WEEK_3

CANARY = "Quetzal"
# Pages say again what was sought; without its first letter that is no finding.
SOUGHT = CANARY[1:]


@pytest.fixture
def hidden(loa, program, section, participant_in_kolkata, director, paper, module):
    """One row of everything in the program that the director of the other one must not see, each with a canary."""
    program.title = f"{CANARY} program"
    program.save()
    loa.label = f"{CANARY} session"
    loa.save()
    Section.objects.filter(pk=section.pk).update(name=f"{CANARY} section")
    user = participant_in_kolkata.user
    user.name = f"{CANARY} participant"
    user.save()
    director.name = f"{CANARY} director"
    director.save()
    meeting = cast.make_meeting(loa, title=f"{CANARY} meeting")
    credit = Credit.objects.create(program=program, kind="chair", name=f"{CANARY} chair")
    participant_in_kolkata.invited_at = WEEK_3
    outbox.enqueue(invitation(participant_in_kolkata), now=WEEK_3)
    entry = record(
        actor=director, verb=f"{CANARY} verb", on=loa, reason=f"{CANARY} reason", scope=loa.scope, now=WEEK_3
    )
    module.title = f"{CANARY} module"
    module.save()
    extension = cast.extend(paper, participant_in_kolkata, granter=director, by=timedelta(days=1))
    job = Job.objects.create(kind=f"{CANARY} job", owner=director, scope=loa.scope, created_at=WEEK_3)
    criterion = paper.criteria.first()
    criterion.title = f"{CANARY} criterion"
    criterion.save()
    item = paper.item
    item.title = f"{CANARY} item"
    item.save()
    return {
        "programs.program": program,
        "programs.programversion": program.versions.get(),
        "programs.session": loa,
        "programs.appointment": Appointment.objects.get(user=director),
        "programs.credit": credit,
        "cohorts.section": section,
        "cohorts.enrollment": participant_in_kolkata,
        "cohorts.meeting": meeting,
        "accounts.user": user,
        "notifications.notice": Notice.objects.get(),
        "audit.entry": entry,
        "modules.module": module,
        "modules.item": item,
        "assignments.assignment": paper,
        "assignments.criterion": criterion,
        "assignments.extension": extension,
        "jobs.job": job,
    }


@pytest.fixture
def own(outsider, cpv_director):
    """The same kinds of rows in the other director's own program, so that no list is empty for want of rows."""
    session = outsider.session
    cast.make_section(session, name="Section of her own")
    cast.make_meeting(session, title="Meeting of her own")
    return session


def registered():
    return sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


LABELS = [model._meta.label_lower for model in registered()]


@pytest.mark.parametrize("model", registered(), ids=LABELS)
def test_no_list_shows_a_row_of_another_program(enter, hidden, own, cpv_director, model):
    office = enter(cpv_director)

    for query in ("", f"?q={SOUGHT}", "?all=1", "?o=1"):
        answer = office.get(address(model, "changelist") + query)
        assert answer.status_code == 200
        assert CANARY not in answer.content.decode(), f"{model._meta.label}{query}"


@pytest.mark.parametrize("model", registered(), ids=LABELS)
def test_no_page_of_a_row_of_another_program_opens(enter, hidden, own, cpv_director, model):
    row = hidden[model._meta.label_lower]
    office = enter(cpv_director)

    for page in ("change", "history", "delete"):
        for send in (office.get, office.post):
            answer = send(address(model, page, row.pk), follow=True)
            assert answer.status_code in (200, 403)
            assert CANARY not in answer.content.decode()
            assert answer.status_code == 403 or answer.redirect_chain
    row.refresh_from_db()


@pytest.mark.parametrize("model", registered(), ids=LABELS)
def test_no_act_reaches_a_row_of_another_program(enter, hidden, own, cpv_director, model):
    row = hidden[model._meta.label_lower]
    office = enter(cpv_director)

    for act in admin.site._registry[model].acts:
        for send in (office.get, office.post):
            answer = send(address(model, "act", row.pk, act.name), {"reason": "x"}, follow=True)
            assert CANARY not in answer.content.decode()
            assert answer.redirect_chain or answer.status_code == 403
    assert Session.objects.get(pk=hidden["programs.session"].pk).status == Session.Status.PUBLISHED


def test_an_act_over_chosen_rows_drops_the_ids_of_others(enter, hidden, own, cpv_director, outsider):
    theirs = hidden["cohorts.enrollment"]

    page = enter(cpv_director).post(
        "/office/cohorts/enrollment/",
        {"action": "status", "index": 0, "_selected_action": [theirs.pk, outsider.pk]},
    )
    enter(cpv_director).post(
        "/office/cohorts/enrollment/",
        {
            "action": "status",
            "index": 0,
            "_selected_action": [theirs.pk, outsider.pk],
            "answered": 1,
            "status": "withdrawn",
            "reason": "Asked to",
        },
    )

    assert CANARY not in page.content.decode()
    assert Enrollment.objects.get(pk=theirs.pk).status == Enrollment.Status.ACTIVE
    assert Enrollment.objects.get(pk=outsider.pk).status == Enrollment.Status.WITHDRAWN


def test_filters_offer_only_rows_that_may_be_seen(enter, hidden, own, cpv_director):
    office = enter(cpv_director)
    cast.make_session(own.program, label="2028", status=Session.Status.DRAFT)

    page = office.get("/office/cohorts/section/").content.decode()

    assert "2028" in page
    assert CANARY not in page


def test_a_filter_made_by_hand_tells_nothing(enter, hidden, own, cpv_director):
    office = enter(cpv_director)
    loa = hidden["programs.session"]

    for query in (f"section/?session__id__exact={loa.pk}", f"meeting/?session__id__exact={loa.pk}"):
        rows = office.get(f"/office/cohorts/{query}").context["cl"].queryset
        assert {row.session for row in rows} <= {own}
    assert office.get(f"/office/notifications/notice/?session={loa.pk}").context["cl"].result_count == 0


@pytest.mark.parametrize(
    "query",
    [
        "user__password__startswith=pbkdf2",
        "session__program__title__startswith=C",
        "user__email__startswith=n",
        "submissions__text__contains=a",
        "section__session__label__contains=C",
    ],
)
def test_a_filter_that_no_list_offers_is_refused(enter, own, cpv_director, query):
    assert enter(cpv_director).get(f"/office/cohorts/enrollment/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["password__startswith=md5", "notices__context__contains=a", "is_superuser=1"])
def test_people_are_not_filtered_by_what_is_hidden(enter, own, cpv_director, query):
    assert enter(cpv_director).get(f"/office/accounts/user/?{query}").status_code == 400


@pytest.mark.parametrize("model", registered(), ids=LABELS)
def test_no_form_offers_a_row_of_another_program(enter, hidden, own, cpv_director, model):
    answer = enter(cpv_director).get(address(model, "add"))

    assert answer.status_code in (200, 403)
    assert CANARY not in answer.content.decode()


def test_a_choice_made_by_hand_is_refused(enter, hidden, own, cpv_director):
    office = enter(cpv_director)
    loa, section = hidden["programs.session"], hidden["cohorts.section"]

    office.post("/office/cohorts/section/add/", {"session": loa.pk, "name": "Mine", "position": 0, "capacity": 12})
    office.post(
        "/office/cohorts/enrollment/add/",
        {"session": own.pk, "section": section.pk, "email": "new@example.org", "name": "New", "kind": "participant"},
    )
    office.post(
        "/office/programs/appointment/add/",
        {"session": loa.pk, "email": cpv_director.email, "role": Role.COORDINATOR},
    )
    office.post(
        "/office/cohorts/meeting/add/",
        {
            "session": loa.pk,
            "title": "Mine",
            "on_date": "2027-03-01",
            "at_time": "10:00",
            "minutes": 60,
            "times": 1,
        },
    )

    assert not Section.objects.filter(name="Mine").exists()
    assert not Enrollment.objects.filter(user__email="new@example.org").exists()
    assert not Appointment.objects.filter(user=cpv_director, session=loa).exists()
    assert not Meeting.objects.filter(title="Mine").exists()


def test_a_section_cannot_be_placed_into_another_programs_session(enter, hidden, own, cpv_director):
    mine = own.sections.get()

    enter(cpv_director).post(
        address(Section, "change", mine.pk),
        {"session": hidden["programs.session"].pk, "name": mine.name, "position": 0, "capacity": 12},
    )

    mine.refresh_from_db()
    assert mine.session == own


def test_an_inline_takes_no_row_of_another_program(enter, hidden, own, cpv_director):
    theirs = hidden["programs.credit"]
    program = own.program

    enter(cpv_director).post(
        address(type(program), "change", program.pk),
        {
            "title": program.title,
            "office_email": program.office_email,
            "position": 0,
            "credits-TOTAL_FORMS": 1,
            "credits-INITIAL_FORMS": 1,
            "credits-0-id": theirs.pk,
            "credits-0-program": program.pk,
            "credits-0-kind": "chair",
            "credits-0-name": "Taken over",
            "credits-0-position": 0,
            "credits-0-DELETE": "on",
        },
    )

    theirs.refresh_from_db()
    assert (theirs.name, theirs.program_id) == (f"{CANARY} chair", hidden["programs.program"].pk)


@pytest.mark.parametrize("model", registered(), ids=LABELS)
def test_autocomplete_tells_nothing_of_another_program(enter, hidden, own, cpv_director, model):
    office = enter(cpv_director)

    for field in model._meta.fields:
        if field.is_relation:
            query = {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": field.name,
                "term": SOUGHT,
            }
            answer = office.get("/office/autocomplete/", query)
            assert answer.status_code in (200, 403, 404)
            assert CANARY not in answer.content.decode()


def test_no_way_leads_from_a_kind_and_a_number_to_a_row(enter, hidden, own, cpv_director):
    """Django's "view on site" redirects by number, whatever the row."""
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(Session).pk

    assert enter(cpv_director).get(f"/office/r/{kind}/{hidden['programs.session'].pk}/").status_code == 404


def test_passwords_are_changed_on_the_account_pages_alone(enter, cpv_director):
    assert enter(cpv_director).get("/office/password_change/").status_code == 404


def test_somebody_without_an_appointment_in_the_office_does_not_enter(enter, fellow, section, participant_in_kolkata):
    for user in (fellow, participant_in_kolkata.user):
        answer = enter(user).get("/office/", follow=True)
        assert answer.status_code == 403


def test_a_closed_account_does_not_enter(enter, director):
    office = enter(director)
    type(director).objects.filter(pk=director.pk).update(is_active=False)

    assert office.get("/office/").status_code == 302


def test_a_head_fellow_who_coordinates_elsewhere_sees_only_where_she_coordinates(enter, hidden, own, head_fellow):
    cast.appoint(head_fellow, Role.COORDINATOR, session=own)

    page = enter(head_fellow).get("/office/cohorts/enrollment/").content.decode()

    assert "Noor Haddad" in page
    assert CANARY not in page
