import pytest

from accounts.models import User
from cohorts.models import Enrollment
from cohorts.services import SectionFull
from operations.roster import Change, RosterHasErrors, UnreadableRoster, read_roster, write_roster
from tests import cast
from tests.cast import WEEK_3

GOOD = """email,name,section,zone
tomoko@example.org,Tomoko Ito,Section A,Asia/Tokyo
ana@example.org,"Silva, Ana",,America/Sao_Paulo
"""


def write(text, session, director):
    content = text if isinstance(text, bytes) else text.encode()
    return write_roster(content=content, session=session, actor=director, now=WEEK_3)


def errors_of(text, session):
    return {row.line: row.errors for row in read_roster(text.encode(), session).rows if row.errors}


def test_everybody_in_the_file_is_enrolled_as_invited(loa, section, director):
    write(GOOD, loa, director)

    rows = Enrollment.objects.filter(session=loa).order_by("user__email")
    assert [(row.user.name, row.section, row.user.zone, row.status) for row in rows] == [
        ("Silva, Ana", None, "America/Sao_Paulo", "invited"),
        ("Tomoko Ito", section, "Asia/Tokyo", "invited"),
    ]


def test_running_the_file_again_changes_nothing_and_doubles_nobody(loa, section, director):
    write(GOOD, loa, director)

    again = write(GOOD, loa, director)

    assert [row.change for row in again.rows] == [Change.UNCHANGED, Change.UNCHANGED]
    assert Enrollment.objects.filter(session=loa).count() == 2


def test_a_corrected_file_updates_section_and_name_of_those_who_have_not_signed_in(loa, section, fellow, director):
    write(GOOD, loa, director)
    other = cast.make_section(loa, fellow, name="Section B")

    write(GOOD.replace("Tomoko Ito,Section A", "Tomoko Itō,section b"), loa, director)

    tomoko = Enrollment.objects.get(user__email="tomoko@example.org")
    assert (tomoko.user.name, tomoko.section) == ("Tomoko Itō", other)


def test_the_name_of_somebody_who_has_signed_in_stays_their_own(loa, section, director):
    cast.enroll(cast.make_user("Tomoko", email="tomoko@example.org"), loa)

    write(GOOD, loa, director)

    assert User.objects.get(email="tomoko@example.org").name == "Tomoko"


def test_an_office_does_not_rename_somebody_whom_another_program_invited(loa, section, director, outsider):
    theirs = cast.make_user("T. Ito", email="tomoko@example.org", first_steps_at=None)
    cast.enroll(theirs, outsider.session, status=Enrollment.Status.INVITED)

    write(GOOD, loa, director)

    theirs.refresh_from_db()
    assert theirs.name == "T. Ito"


def test_somebody_who_is_not_in_the_file_stays(loa, section, director, participant_in_kolkata):
    roster = write(GOOD, loa, director)

    participant_in_kolkata.refresh_from_db()
    assert participant_in_kolkata.status == Enrollment.Status.ACTIVE
    assert roster.absent == [participant_in_kolkata]


def test_each_wrong_row_says_what_is_wrong_with_it(loa, section):
    text = (
        "email,name,section,zone,kind\n"
        "not-an-address,Ana,,,\n"
        "ben@example.org,,,,\n"
        "cy@example.org,Cy,Section Z,,\n"
        "di@example.org,Di,,Mars/Base,\n"
        "ed@example.org,Ed,Section A,,observer\n"
        "BEN@example.org,Ben,,,\n"
        "fi@example.org,Fi,,,boss\n"
    )

    errors = errors_of(text, loa)

    assert "not an e-mail address" in errors[2][0]
    assert "name is missing" in errors[3][0]
    assert "no section “Section Z”" in errors[4][0]
    assert "Mars/Base" in errors[5][0]
    assert "observer belongs to no section" in errors[6][0]
    assert "line 3" in errors[7][0]
    assert "“participant” or “observer”" in errors[8][0]


def test_one_wrong_row_keeps_the_whole_file_from_being_written(loa, section, director):
    with pytest.raises(RosterHasErrors, match="1 of 3 rows"):
        write(GOOD + "nobody,No Body,,\n", loa, director)

    assert not Enrollment.objects.filter(session=loa).exists()


def test_a_section_that_would_overflow_keeps_the_whole_file_from_being_written(loa, section, director):
    section.capacity = 1
    section.save()
    with pytest.raises(SectionFull):
        write(GOOD + "cy@example.org,Cy,Section A,\n", loa, director)

    assert not User.objects.filter(email="tomoko@example.org").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"email,name\n", "no people"),
        (b"name,section\nAna,A\n", "“email”"),
        (b"PK\x03\x04 this is a workbook", "not a CSV file"),
        ("email,name\nana@example.org,Aña\n".encode("latin-1"), "CSV UTF-8"),
        (b'email,name\nana@example.org,"Ana\n', "Line 2"),
        (b"email,name\n" + b"a" * (2 * 1024 * 1024), "larger than 2 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_says_what_to_do(loa, content, says):
    with pytest.raises(UnreadableRoster, match=says):
        read_roster(content, loa)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_spreadsheets_save_the_same_sheet_in_several_ways(loa, section, director, encoding):
    text = GOOD.replace(",", ";").replace("Silva; Ana", "Silva, Ana").replace("\n", "\r\n")

    write(text.encode(encoding), loa, director)

    assert Enrollment.objects.filter(session=loa).count() == 2
