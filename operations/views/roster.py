from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from accounts.roles import Perm
from cohorts.http import SessionRequest
from cohorts.services import SectionFull, SessionFull
from core.access import requires
from files.models import StoredFile
from files.services import NoRoom, open_file, store_file
from operations.forms import RosterForm
from operations.roster import LARGEST_FILE, Change, Roster, RosterHasErrors, UnreadableRoster, read_roster, write_roster

# Which file a person has uploaded for which session stands in their cookie session: nobody can name another's.
CHOSEN = "roster:{session}"


@requires(Perm.MANAGE_PEOPLE)
def roster_load(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Choose a file, look at what it would do, then write it: all of it or nothing."""
    if request.method == "POST" and "write" in request.POST:
        return write_chosen(request)
    form = RosterForm(request.POST or None, request.FILES or None)
    roster, refused = None, ""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(LARGEST_FILE + 1)
        try:
            roster = read_roster(content, request.program_session)
            remember(request, store_file(content=content, content_type="text/csv", now=request.now))
        except (UnreadableRoster, NoRoom) as unreadable:
            refused = str(unreadable)
    return show(request, form, roster, refused)


def show(request: SessionRequest, form: RosterForm, roster: Roster | None, refused: str) -> HttpResponse:
    """The page in each of its states; 422 where something has to be corrected."""
    context = {
        "session": request.program_session,
        "form": form,
        "roster": roster,
        "refused": refused,
        "new": roster.count(Change.NEW) if roster else 0,
        "updated": roster.count(Change.UPDATED) if roster else 0,
        "unchanged": roster.count(Change.UNCHANGED) if roster else 0,
        "wrong": sum(bool(row.errors) for row in roster.rows) if roster else 0,
    }
    wrong = bool(refused or (form.is_bound and form.errors) or (roster and roster.has_errors))
    return render(request, "operations/roster.html", context, status=422 if wrong else 200)


def remember(request: SessionRequest, stored: StoredFile) -> None:
    """Which file the "Write" button is about."""
    request.session[CHOSEN.format(session=request.program_session.pk)] = stored.pk


def write_chosen(request: SessionRequest) -> HttpResponse:
    """Write the file that was looked at; it is checked once more, because the session may have changed since."""
    chosen = request.session.get(CHOSEN.format(session=request.program_session.pk), 0)
    stored = StoredFile.objects.filter(pk=chosen).first()
    if stored is None:
        raise Http404
    with open_file(stored) as file:
        content = file.read()
    try:
        roster = write_roster(content=content, session=request.program_session, actor=request.user, now=request.now)
    except RosterHasErrors as wrong:
        return show(request, RosterForm(), wrong.roster, str(wrong))
    except (UnreadableRoster, SectionFull, SessionFull) as refused:
        return show(request, RosterForm(), None, f"{refused} Nothing was changed.")
    messages.success(
        request,
        f"{roster.count(Change.NEW)} enrolled, {roster.count(Change.UPDATED)} updated. Nobody has been invited yet.",
    )
    return redirect("cohorts:people-list", session_slug=request.program_session.slug)
