"""What is done to an answer: saved by its buttons or on its own, held, released, taken back, corrected."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.roles import Perm
from assignments.desk.filters import number_in
from assignments.desk.forms import AnswerForm
from assignments.desk.papers import Paper, comment_on
from assignments.desk.states import State
from assignments.models import Feedback, KeptAnswer, Reader
from assignments.services import (
    AnswerIncomplete,
    AwaitsLook,
    MayNotAnswer,
    MayNotRelease,
    NewerAttempt,
    StaleAnswer,
    UnderReview,
    carry_over,
    correct_feedback,
    finish_feedback,
    hold_feedback,
    let_go_feedback,
    mark_for_chair,
    release_feedback,
    resolve_comment,
    save_feedback,
    settle_kept_answer,
    tag_paper,
    take_back_feedback,
)
from assignments.services.feedback import awaits_look
from assignments.services.looking_first import pass_feedback
from assignments.views.desk_papers import about, list_of, look_up, show_paper, walk_of
from cohorts.http import SessionRequest
from core.access import requires
from core.moments import say_moment
from core.moves import WrongState
from core.refusals import conflict

REFUSALS = (AwaitsLook, MayNotAnswer, MayNotRelease, NewerAttempt, UnderReview, WrongState)
SOMEBODY_ELSE = "Somebody else is signed in on this computer now, so nothing was saved. Sign in as yourself again."
INCOMPLETE = "The page arrived incomplete. Load it again and send it once more."


@requires(Perm.OPEN_DESK)
@require_POST
def answer(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Of a teaching fellow or head teaching fellow; a director releases what is held."""
    return act(request, pk, "assignments:desk-paper")


@requires(Perm.DO_WORK)
@require_POST
def peer_answer(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Of the fellow participant who was asked to answer."""
    return act(request, pk, "assignments:desk-peer-paper")


def act(request: SessionRequest, pk: int, page: str) -> HttpResponse:
    """Do what the button says."""
    found = look_up(request, pk)
    is_peer_door = page == "assignments:desk-peer-paper"
    if found is None or (is_peer_door and not found.is_for_peers):
        return no_longer_theirs(request, pk)
    wanted, _, _ = request.POST.get("act", "").partition(":")
    back = redirect(address_of(request, page, pk))
    if wanted in WRITTEN:
        return take_answer(request, found, wanted, back)
    if wanted not in MOVES:
        raise Http404
    try:
        MOVES[wanted](request, found)
    except AnswerIncomplete as incomplete:
        for problem in incomplete.problems:
            messages.error(request, problem)
    except REFUSALS as refused:
        if asks_for_json(request):
            return JsonResponse({"message": str(refused)}, status=409)
        messages.error(request, str(refused))
    return JsonResponse({}) if asks_for_json(request) else back


def address_of(request: SessionRequest, page: str, pk: int) -> str:
    """Of a paper in the list from which this one was opened."""
    wanted = list_of(request)
    return reverse(page, args=[request.program_session.slug, pk]) + (wanted.query if wanted else "")


def onward(request: SessionRequest, found: Paper, back: HttpResponse) -> HttpResponse:
    """To the next paper that waits, if that was wished and there is one."""
    wanted = list_of(request)
    if "onward" not in request.POST or wanted is None or wanted.shown != State.WAITING:
        return back
    walk = walk_of(request, found)
    following = walk and (walk.next or walk.previous)
    return redirect(address_of(request, "assignments:desk-paper", following)) if following else back


def no_longer_theirs(request: SessionRequest, pk: int) -> HttpResponse:
    """404, but whoever was its reader until now gets back what they had typed."""
    was_reader = Reader.objects.filter(
        submission=pk,
        submission__assignment__session=request.program_session,
        user=request.user,
        kind__in=Reader.IN_QUEUE,
    ).exists()
    if not was_reader:
        raise Http404
    if asks_for_json(request):
        return JsonResponse({"message": str(MayNotAnswer())}, status=403)
    form = AnswerForm(request.POST, sources=(), rubric=[], zone=request.program_session.zone)
    return conflict(request, MayNotAnswer(), keep=form.typed)


def take_answer(request: SessionRequest, found: Paper, wanted: str, back: HttpResponse) -> HttpResponse:
    """Save what was written, then hold or release it if that was the button."""
    form = AnswerForm(request.POST, **about(found))
    form.is_valid()
    if not form.came_whole:
        return refuse(request, INCOMPLETE, form, status=422)
    if form.cleaned_data["writer"] != request.user.pk:
        return refuse(request, SOMEBODY_ELSE, form, status=403)
    if not form.can_be_saved:
        return say_problems(request, found, form, form.problems)
    try:
        saved = save_feedback(
            submission=found.submission,
            answer=form.answer(),
            based_on=form.cleaned_data["based_on"],
            editor=form.cleaned_data["editor"],
            actor=request.user,
            now=request.now,
        )
        return finish(request, found, form, saved, wanted, back)
    except StaleAnswer as stale:
        if asks_for_json(request):
            return JsonResponse({"message": str(stale), "revision": stale.current.revision}, status=409)
        messages.warning(request, str(stale))
        return back
    except REFUSALS as refused:
        return refuse(request, str(refused), form, status=409)


def finish(
    request: SessionRequest, found: Paper, form: AnswerForm, saved: Feedback, wanted: str, back: HttpResponse
) -> HttpResponse:
    """After saving: answer the page's own save, or go on to what the button says."""
    saved_at = say_moment(saved.saved_at, request.user.tz, now=request.now, form="time")
    if asks_for_json(request):
        problem = " ".join(form.problems)
        return JsonResponse({"revision": saved.revision, "saved": saved_at, "problem": problem})
    if form.problems:
        return saved_but(request, found, form, saved, form.problems)
    if saved.status != Feedback.Status.DRAFT:
        # The same post once more, or nothing was changed in a page that was left open.
        messages.info(request, f"This answer is “{saved.get_status_display().lower()}”; nothing was changed.")
        return back
    try:
        if wanted == "finish":
            finish_feedback(feedback=saved, actor=request.user, now=request.now)
            messages.success(request, say_finished(request, found, saved))
            return onward(request, found, back)
        if wanted == "hold":
            hold_feedback(feedback=saved, actor=request.user, now=request.now)
            messages.success(request, "Finished and held. Nothing of it is visible until you let it go or release it.")
            return onward(request, found, back)
        if wanted == "release":
            waits = found.is_under_review or (awaits_look(saved) and not found.is_head)
            release = finish_feedback if waits else release_feedback
            release(feedback=saved, actor=request.user, now=request.now)
            messages.success(request, say_finished(request, found, saved))
            return onward(request, found, back)
        messages.success(request, f"Saved at {saved_at}. Nobody else sees it yet.")
    except AnswerIncomplete as incomplete:
        return saved_but(request, found, form, saved, list(incomplete.problems))
    return back


def saved_but(
    request: SessionRequest, found: Paper, form: AnswerForm, saved: Feedback, problems: list[str]
) -> HttpResponse:
    """Saved, and shown again as it was typed with what is still missing."""
    typed = request.POST.copy()
    typed["based_on"] = str(saved.revision)
    form.data = typed
    return show_paper(request, found, form, problems)


def say_problems(request: SessionRequest, found: Paper, form: AnswerForm, problems: list[str]) -> HttpResponse:
    """Nothing was saved, because some of it cannot be: the page as it was typed."""
    if asks_for_json(request):
        return JsonResponse({"message": " ".join(problems)}, status=422)
    if not found.is_writable:
        return conflict(request, " ".join(problems), keep=form.typed)
    return show_paper(request, found, form, problems)


def refuse(request: SessionRequest, why: str, form: AnswerForm, *, status: int) -> HttpResponse:
    """Hand back every word."""
    if asks_for_json(request):
        return JsonResponse({"message": why}, status=status)
    return conflict(request, why, keep=form.typed)


def asks_for_json(request: SessionRequest) -> bool:
    """Whether the page itself asks, not a person."""
    return request.headers.get("Accept") == "application/json"


def say_finished(request: SessionRequest, found: Paper, feedback: Feedback) -> str:
    """When it goes out, or that it has."""
    if feedback.status == Feedback.Status.RELEASED:
        return f"Released: {found.submission.enrollment.user} is told now."
    if found.is_under_review:
        return "Finished. It waits, because the paper is under review."
    if awaits_look(feedback):
        return "Finished. The head teaching fellow sees your first feedback before it goes out."
    promised_at = found.attempt.promised_by
    if promised_at is None:
        return "Finished. Nothing of it is visible until it is released."
    when = say_moment(promised_at, request.user.tz, request.program_session.tz, now=request.now)
    return f"Finished. It goes out by itself as promised: {when}."


def hold_the_finished(request: SessionRequest, found: Paper) -> None:
    """Hold what would go out by itself."""
    hold_feedback(feedback=newest_of(found), actor=request.user, now=request.now)
    messages.success(request, "Held. It stays here until somebody lets it go or releases it.")


def let_go(request: SessionRequest, found: Paper) -> None:
    """No longer hold it."""
    feedback = let_go_feedback(feedback=newest_of(found), actor=request.user, now=request.now)
    messages.success(request, say_finished(request, found, feedback))


def looked(request: SessionRequest, found: Paper) -> None:
    """Of the head teaching fellow, who wished to see it first."""
    feedback = pass_feedback(feedback=newest_of(found), actor=request.user, now=request.now)
    messages.success(request, say_finished(request, found, feedback))


def go_on_writing(request: SessionRequest, found: Paper) -> None:
    """Go on writing what was held."""
    take_back_feedback(feedback=newest_of(found), actor=request.user, now=request.now)


def release_the_held(request: SessionRequest, found: Paper) -> None:
    """Release as it stands, without writing."""
    release_feedback(feedback=newest_of(found), actor=request.user, now=request.now)
    messages.success(request, f"Released: {found.submission.enrollment.user} is told now.")


def correct(request: SessionRequest, found: Paper) -> None:
    """Begin a new version; the released one stays until that is released."""
    correct_feedback(feedback=newest_of(found), actor=request.user, now=request.now)


def carry(request: SessionRequest, found: Paper) -> None:
    """Begin with the notes on an earlier attempt."""
    if found.notes is None:
        raise MayNotAnswer
    carry_over(feedback=found.notes.feedback, to=found.submission, actor=request.user, now=request.now)


def settle(*, is_chosen: bool) -> Callable[[SessionRequest, Paper], None]:
    """Choose between what was kept and what stands."""

    def choose(request: SessionRequest, found: Paper) -> None:
        mine = KeptAnswer.objects.filter(user=request.user, feedback__submission=found.submission)
        kept = get_object_or_404(mine, pk=number_in(request.POST, "kept"))
        settle_kept_answer(kept=kept, is_chosen=is_chosen, actor=request.user, now=request.now)

    return choose


def newest_of(found: Paper) -> Feedback:
    """The newest answer to the paper, with the rows that services ask for. Raises Http404."""
    if found.attempt.newest is None:
        raise Http404
    feedback = found.attempt.newest.feedback
    feedback.submission = found.submission
    return feedback


def chair(*, is_marked: bool) -> Callable[[SessionRequest, Paper], None]:
    """Put the paper on the chair's list, or take it off."""

    def mark(request: SessionRequest, found: Paper) -> None:
        mark_for_chair(submission=found.submission, is_marked=is_marked, actor=request.user, now=request.now)

    return mark


def tag(*, is_tagged: bool) -> Callable[[SessionRequest, Paper], None]:
    """Give the paper the tag that the post names, or take it away."""

    def give(request: SessionRequest, found: Paper) -> None:
        _, _, pk = request.POST["act"].partition(":")
        chosen = get_object_or_404(found.assignment.session.paper_tags, pk=number_in({"tag": pk}, "tag"))
        tag_paper(submission=found.submission, tag=chosen, is_tagged=is_tagged, actor=request.user, now=request.now)

    return give


def resolve(*, is_resolved: bool) -> Callable[[SessionRequest, Paper], None]:
    """Say whether this attempt answers what the comment asked for that the post names."""

    def say(request: SessionRequest, found: Paper) -> None:
        comment = comment_on(found, number_in(request.POST, "of"))
        if comment is None:
            raise MayNotAnswer
        resolve_comment(
            comment=comment, on=found.submission, is_resolved=is_resolved, actor=request.user, now=request.now
        )

    return say


WRITTEN = {"save", "finish", "hold", "release"}
MOVES: dict[str, Callable[[SessionRequest, Paper], None]] = {
    "take-back": go_on_writing,
    "hold-finished": hold_the_finished,
    "let-go": let_go,
    "looked": looked,
    "release-held": release_the_held,
    "correct": correct,
    "carry": carry,
    "chair-on": chair(is_marked=True),
    "chair-off": chair(is_marked=False),
    "resolve": resolve(is_resolved=True),
    "reopen": resolve(is_resolved=False),
    "tag-on": tag(is_tagged=True),
    "tag-off": tag(is_tagged=False),
    "kept-take": settle(is_chosen=True),
    "kept-leave": settle(is_chosen=False),
}
