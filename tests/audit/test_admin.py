from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import User
from audit.models import Entry
from audit.services import record
from programs.models import Break, Session
from tests import cast
from tests.audit.office import SessionAdmin, UserAdmin

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.audit.office")]

MONDAY = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def office(client, operator, time_machine):
    time_machine.move_to(TUESDAY)
    client.force_login(operator)
    return client


def fields_of(response):
    """What the browser would send back untouched."""
    soup = BeautifulSoup(response.content, "html.parser")
    form = soup.select_one("#content form")
    sent = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.name == "select":
            sent[field["name"]] = [option["value"] for option in field.select("option[selected]")]
        elif field.get("type") != "submit":
            sent[field["name"]] = field.text.lstrip("\n") if field.name == "textarea" else field.get("value", "")
    return sent


def change(office, row, **changes):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    sent = fields_of(office.get(address)) | changes
    answer = office.post(address, sent)
    assert answer.status_code == 302, BeautifulSoup(answer.content, "html.parser").select(".errorlist")


def history(office, row):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])
    response = office.get(address)
    assert response.status_code == 200
    return " ".join(BeautifulSoup(response.content, "html.parser").select_one("#content").get_text(" ").split())


def test_a_change_is_recorded_with_what_it_was_and_what_it_became(office, operator, loa):
    change(office, loa, capacity="24", starts_on="2027-02-02", reason="A larger room.")

    entry = Entry.objects.about(loa).get()
    assert (entry.verb, entry.actor, entry.reason) == ("changed", operator, "A larger room.")
    assert entry.before == {"starts_on": "2027-02-01", "capacity": None}
    assert entry.after == {"starts_on": "2027-02-02", "capacity": 24}
    assert entry.scope == f"session:{loa.pk}"


def test_saving_without_a_change_records_nothing(office, loa):
    change(office, loa)
    change(office, loa, colour="green")

    assert not Entry.objects.exists()


def test_what_is_added_is_recorded_as_it_was_made(office, operator):
    office.post(
        reverse("admin:accounts_user_add"), {"email": "new@example.org", "name": "Nia Bello", "password": "!unusable"}
    )

    entry = Entry.objects.about(User.objects.get(email="new@example.org")).get()
    assert (entry.verb, entry.actor, entry.before) == ("added", operator, None)
    assert entry.after == {
        "email": "new@example.org", "name": "Nia Bello", "pronouns": "(not shown)", "groups": [],
        "password": "(not shown)",
    }  # fmt: skip


def test_a_private_field_is_recorded_as_changed_and_never_quoted(office):
    person = cast.make_user("Robin Vale", pronouns="CANARY-they")

    change(office, person, pronouns="CANARY-she", password="CANARY-hash")

    entry = Entry.objects.about(person).get()
    assert entry.before == entry.after == {"pronouns": "(not shown)", "password": "(not shown)"}
    assert "CANARY" not in history(office, person).replace("Robin Vale", "")


def test_a_deleted_row_leaves_its_private_fields_out_too(office):
    person = cast.make_user("Robin Vale", pronouns="CANARY-they")
    key = person.pk

    office.post(reverse("admin:accounts_user_delete", args=[key]), {"post": "yes"})

    entry = Entry.objects.get(object_type="accounts.user", object_id=str(key))
    assert entry.verb == "deleted"
    assert entry.before["name"] == "Robin Vale"
    assert "CANARY" not in str(entry.before)
    assert entry.before["password"] == "(not shown)"


def test_rows_that_point_elsewhere_are_recorded_by_name(office, loa):
    other = cast.make_program(code="CPV", title="Creating Public Value")
    group = Group.objects.create(name="Readers")
    person = cast.make_user()

    change(office, loa, program=other.pk)
    change(office, person, groups=[group.pk])

    entry = Entry.objects.about(loa).get()
    assert entry.before == {"program": f"{loa.program} [{loa.program.pk}]"}
    assert entry.after == {"program": f"{other} [{other.pk}]"}
    entry = Entry.objects.about(person).get()
    assert (entry.before, entry.after) == ({"groups": []}, {"groups": [f"Readers [{group.pk}]"]})


def test_inlines_are_recorded_on_their_own_rows_and_told_on_the_page_they_were_changed_on(office, loa):
    spring = loa.breaks.get()

    change(office, loa, **{"breaks-0-name": "Spring recess"})
    change(
        office,
        loa,
        **{
            "breaks-TOTAL_FORMS": "2",
            "breaks-1-name": "Reading week",
            "breaks-1-starts_on": "2027-04-12",
            "breaks-1-ends_on": "2027-04-18",
        },
    )
    change(office, loa, **{"breaks-0-DELETE": "on"})

    about_break = Entry.objects.filter(object_type="programs.break", object_id=str(spring.pk))
    assert [(entry.verb, entry.before, entry.after) for entry in about_break.reverse()] == [
        ("changed", {"name": "Spring break"}, {"name": "Spring recess"}),
        ("deleted", {"name": "Spring recess", "starts_on": "2027-03-22", "ends_on": "2027-03-28"} | on(loa), None),
    ]
    added = Entry.objects.about(Break.objects.get(name="Reading week")).get()
    assert (added.verb, added.scope) == ("added", f"session:{loa.pk}")
    assert added.after == {"name": "Reading week", "starts_on": "2027-04-12", "ends_on": "2027-04-18"} | on(loa)
    told = [(entry.before, entry.after) for entry in Entry.objects.about(loa).reverse()]
    assert told[0] == (
        {"break “Spring recess” · name": "Spring break"},
        {"break “Spring recess” · name": "Spring recess"},
    )
    assert list(told[1][1]) == ["break “Reading week”"]
    assert list(told[2][0]) == ["break “Spring recess”"]
    assert told[2][1] is None


def on(session):
    return {"session": f"{session} [{session.pk}]"}


def test_a_change_in_an_editable_list_is_recorded(office, operator):
    rows = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": operator.pk, "form-0-name": "Oskar Lindh"}

    office.post(reverse("admin:accounts_user_changelist"), rows | {"_save": "Save"})

    entry = Entry.objects.about(operator).get()
    assert (entry.before, entry.after) == ({"name": "Oskar Lind"}, {"name": "Oskar Lindh"})


def test_deleting_by_an_action_records_each_row_and_what_goes_along(office, loa):
    pause, session = loa.breaks.get(), loa.pk

    office.post(
        reverse("admin:programs_session_changelist"),
        {"action": "delete_selected", "_selected_action": [session], "post": "yes"},
    )

    assert not Session.objects.filter(pk=session).exists()
    gone = Entry.objects.get(object_type="programs.session", object_id=str(session))
    assert (gone.verb, gone.before["starts_on"], gone.scope) == ("deleted", "2027-02-01", f"session:{session}")
    along = Entry.objects.get(object_type="programs.break", object_id=str(pause.pk))
    assert (along.verb, along.before) == ("deleted", {"name": "Spring break"})


def test_when_deleting_fails_nothing_is_recorded(office, loa, monkeypatch):
    def fail(admin, request, queryset):
        raise RuntimeError

    monkeypatch.setattr(SessionAdmin, "delete_queryset", fail)
    with pytest.raises(RuntimeError):
        office.post(
            reverse("admin:programs_session_changelist"),
            {"action": "delete_selected", "_selected_action": [loa.pk], "post": "yes"},
        )

    assert not Entry.objects.exists()


def test_the_history_shows_what_the_admin_and_what_services_recorded(office, operator, loa):
    record(
        actor=None,
        verb="module opened early",
        on=loa,
        before={"opens_at": datetime(2027, 3, 8, 14, tzinfo=UTC)},
        after={"opens_at": None, "is_ready": True},
        reason="Power cut in the region.",
        now=MONDAY,
    )
    record(actor=operator, verb="seen by another", on=loa.program, now=MONDAY)
    change(office, loa, capacity="24")

    told = history(office, loa)
    assert told.index("Changed by Oskar Lind") < told.index("Module opened early by the platform itself")
    assert "Capacity empty → 24" in told
    assert "“Power cut in the region.”" in told
    assert "Opens at Monday 8 March" in told
    assert "15:00 Stockholm" in told
    assert "Is ready empty → yes" in told
    assert "seen by another" not in told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2027-02-01", "Monday 1 February"),
        ("2027-02-01T14:00:00Z", "Monday 1 February, 15:00 Stockholm"),
        ("2027-99-99T99:99:99Z", "2027-99-99T99:99:99Z"),
        ("2027-99-99", "2027-99-99"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        (False, "no"),
        (0, "0"),
        ("", "empty"),
        ([], "empty"),
        ({}, "empty"),
        (["Readers [3]", True], "Readers [3], yes"),
        ({"name": "Spring break", "is_long": True, "note": None}, "name: Spring break; is long: yes"),
    ],
)
def test_values_are_told_as_people_say_them(office, loa, value, told):
    record(actor=None, verb="changed", on=loa, after={"found": value}, now=MONDAY)

    assert history(office, loa).endswith(f"Found {told}")


def test_a_deletion_shows_what_was_there_and_points_at_nothing(office, loa):
    record(actor=None, verb="deleted", on=loa, before={"break": {"name": "Spring"}}, now=MONDAY)

    assert history(office, loa).endswith("Break name: Spring")


def test_a_password_set_by_the_office_is_recorded_and_nothing_of_it_is_kept(operator):
    person = cast.make_user()
    form = AdminPasswordChangeForm(person, {"password1": "CANARY pass phrase", "password2": "CANARY pass phrase"})
    assert form.is_valid()
    form.save()
    people, request = UserAdmin(User, admin.site), SimpleNamespace(user=operator, now=MONDAY)

    people.log_change(request, person, people.construct_change_message(request, form, None))

    entry = Entry.objects.about(person).get()
    assert (entry.verb, entry.before, entry.after) == ("changed", None, {"password": "(not shown)"})


def test_a_library_that_logs_in_words_of_its_own_is_recorded(operator, loa):
    sessions, request = SessionAdmin(Session, admin.site), SimpleNamespace(user=operator, now=MONDAY)

    sessions.log_change(request, loa, "Imported from a file.")

    assert Entry.objects.about(loa).get().after == {"said": "Imported from a file."}


def test_the_history_of_what_was_never_touched_says_so(office, loa):
    assert "Nothing has been recorded about this yet." in history(office, loa)


def test_a_long_history_has_pages(office, loa):
    for number in range(51):
        record(actor=None, verb=f"act {number}", on=loa, now=MONDAY)

    address = reverse("admin:programs_session_history", args=[loa.pk])
    assert "Page 1 of 2" in history(office, loa)
    assert b"Act 0 " not in office.get(address).content.replace(b"<", b" ")
    assert b"Act 0 " in office.get(address + "?p=2").content.replace(b"<", b" ")


def test_the_history_asks_the_same_number_of_questions_however_long_it_is(
    office, operator, loa, django_assert_num_queries
):
    address = reverse("admin:programs_session_history", args=[loa.pk])
    record(actor=operator, verb="seen", on=loa, now=MONDAY)
    office.get(address)
    with django_assert_num_queries(6):
        office.get(address)
    for _ in range(2):
        record(actor=operator, verb="seen", on=loa, now=MONDAY)
    with django_assert_num_queries(6):
        office.get(address)


def test_what_was_recorded_is_shown_as_text(office, loa):
    record(actor=None, verb="renamed", on=loa, after={"label": "<script>alert(1)</script>"}, now=MONDAY)

    page = office.get(reverse("admin:programs_session_history", args=[loa.pk])).content
    assert b"<script>alert(1)" not in page


def test_django_s_own_log_is_no_second_history(office, loa):
    change(office, loa, capacity="24")
    person = cast.make_user()
    office.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"})
    office.post(
        reverse("admin:accounts_user_add"), {"email": "new@example.org", "name": "Nia Bello", "password": "!unusable"}
    )

    assert Entry.objects.count() == 3
    assert not LogEntry.objects.exists()


def test_nobody_reads_the_history_of_a_row_they_may_not_see(client, loa):
    client.force_login(cast.make_user("Dana Whitfield", is_staff=True))

    assert client.get(reverse("admin:programs_session_history", args=[loa.pk])).status_code == 403


def test_the_history_of_a_row_that_is_gone_leads_back(office, loa):
    assert office.get(reverse("admin:programs_session_history", args=[loa.pk + 1])).status_code == 302
