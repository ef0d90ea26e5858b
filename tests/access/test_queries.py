"""A query of a view starts from what the person may see. Each that starts otherwise stands here with its reason."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Ways to start that ask who the person is.
STARTS = {"visible_to", "visible_within", "readable_by", "own_of", "of_place", "of_staff", "in_sessions_granting"}

OWN = "rows of the person themself"
OF_SESSION = "the mark lets in only who may see all of it in this session"
LOOKED_AFTER = "of the people whose deadlines this person may move"
ANNOTATES = "adds something to rows that were narrowed before"
DESK = "of the sessions on the person's own desk, which `sessions_for` chose"

OTHERWISE = {
    ("assignments/views/desk_answers.py", "no_longer_theirs"): OWN,
    ("assignments/views/desk_answers.py", "settle"): OWN,
    ("assignments/views/desk_queues.py", "reader_assign"): "the service refuses whoever may not read the paper",
    ("assignments/views/desk_queues.py", "first_look"): OF_SESSION,
    ("assignments/views/desk_queues.py", "held_release"): OF_SESSION,
    ("assignments/views/desk_requests.py", "question"): LOOKED_AFTER,
    ("assignments/views/desk_time.py", "grant_revoke"): LOOKED_AFTER,
    ("assignments/views/desk_second.py", "second_take_back"): "of draws that the person sees",
    ("assignments/views/desk_second.py", "_no_longer"): OWN,
    ("assignments/views/more_time.py", "request_withdraw"): OWN,
    ("assignments/views/receipts.py", "receipt_read"): "of a paper that is the person's own",
    ("assignments/views/writing.py", "kept_text_settle"): OWN,
    ("coaching/views.py", "slots_of"): ANNOTATES,
    ("cohorts/views/meetings.py", "manageable_sections"): "narrowed in the lines below by what the person may manage",
    ("cohorts/views/people.py", "with_mails"): ANNOTATES,
    ("cohorts/views/people.py", "peers_of"): "of the own section, or of the session where it has none",
    ("dashboards/calendar/address.py", "find_owner"): "the person whose secret the address holds",
    ("dashboards/calendar/events.py", "events_of"): OWN,
    ("dashboards/calendar/events.py", "coaching"): OWN,
    ("dashboards/calendar/events.py", "deadlines"): "of the person's own places, and narrowed to what is open for them",
    ("dashboards/calendar/events.py", "meetings"): "`attended_by` starts from `visible_to`",
    ("dashboards/calendar/events.py", "openings"): "of the person's own places: titles that the outline shows",
    ("dashboards/home.py", "places_of"): OWN,
    ("dashboards/home.py", "taught_by"): OWN,
    ("dashboards/home.py", "place_accept"): OWN,
    ("dashboards/office_desk.py", "_count_people"): DESK,
    ("dashboards/office_desk.py", "_count_sections"): DESK,
    ("dashboards/office_desk.py", "_find_next_meetings"): DESK,
    ("dashboards/office_desk.py", "_find_modules_in_preparation"): DESK,
    ("dashboards/office_desk.py", "_find_open_requests"): DESK,
    ("dashboards/office_desk.py", "_find_papers_without_reader"): DESK,
    ("dashboards/office_desk.py", "_find_broken_promises"): DESK,
    ("dashboards/office_desk.py", "_find_papers_under_review"): DESK,
    ("dashboards/office_desk.py", "_find_lost_mails"): DESK,
    ("dashboards/office_desk.py", "_find_returned_mails"): DESK,
    ("dashboards/office_desk.py", "programs_without_director"): "names of programs, for the operator only",
    ("dashboards/own_work.py", "count_to_answer"): "the person's own queue",
    ("dashboards/own_work.py", "own_tasks"): "of modules that the outline found open for the person",
    ("operations/views/roster.py", "write_chosen"): "the file that this person's own cookie names",
}


def functions_of(tree):
    """Those that stand in the file itself or in a class; what they hold inside belongs to them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node)


def starts_in(path):
    """(function, model, how it starts) for each query that begins in this file."""
    found = []
    for outer in functions_of(ast.parse(path.read_text())):
        for node in ast.walk(outer):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr in ("objects", "_default_manager")
            ):
                found.append((outer.name, ast.unparse(node.value.value), node.attr))
    return found


def files_of_views():
    paths = [*ROOT.glob("*/views.py"), *ROOT.glob("*/views/*.py"), *ROOT.glob("dashboards/**/*.py")]
    return {path.relative_to(ROOT).as_posix(): path for path in paths if path.name != "notices.py"}


def unreasoned(otherwise):
    return sorted(
        f"{name}: {function} asks {model}.objects.{start}"
        for name, path in files_of_views().items()
        for function, model, start in starts_in(path)
        if start not in STARTS and (name, function) not in otherwise
    )


def test_every_query_of_a_view_starts_from_what_the_person_may_see():
    assert unreasoned(OTHERWISE) == []


def test_every_exception_is_still_one():
    known = {
        (name, function)
        for name, path in files_of_views().items()
        for function, _, start in starts_in(path)
        if start not in STARTS
    }

    assert set(OTHERWISE) - known == set()


def test_a_query_without_a_reason_would_be_seen():
    assert "assignments/views/desk_queues.py: held_release asks Feedback.objects.filter" in unreasoned({})
