"""What readers keep beside the papers: the chair's list, and comments to use again."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Perm
from assignments.desk.chosen import chosen_for_chair
from assignments.desk.filters import number_in
from assignments.models import BankedComment, Submission
from assignments.models.desk import BankedCommentQuerySet
from assignments.services import BankFull, NothingToKeep, bank_comment, change_banked
from assignments.texts import as_counted, storable
from cohorts.http import SessionRequest
from core.access import requires


@requires(Perm.READ_ALL_PAPERS)
@require_safe
def chair_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What readers want the faculty chair to see, the newest first. Two queries."""
    papers = Submission.objects.visible_to(request.user, at=request.now)
    chosen = chosen_for_chair(papers, request.program_session, number_in(request.GET, "tag"))
    context = {"session": request.program_session, "chosen": chosen}
    return render(request, "assignments/desk/chair.html", context)


class BankForm(forms.Form):
    """A comment to keep."""

    text = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}))


@requires(Perm.GIVE_FEEDBACK)
@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The reader's own comments: seen, kept, changed, deleted. One query to see them."""
    mine = BankedComment.objects.visible_to(request.user)
    if request.method != "POST":
        return render(request, "assignments/desk/bank.html", {"session": request.program_session, "comments": mine})
    act = request.POST.get("act", "")
    if act not in ("add", "change", "delete"):
        raise Http404
    try:
        words = keep(request, act, mine)
    except (NothingToKeep, BankFull) as refused:
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"message": str(refused)}, status=422)
        messages.error(request, str(refused))
    else:
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({"message": words})
        messages.success(request, words)
    return redirect("assignments:desk-bank", session_slug)


def keep(request: SessionRequest, act: str, mine: BankedCommentQuerySet) -> str:
    """Do it, and say what was done."""
    text = as_counted(storable(request.POST.get("text", "")))[:2000]
    if act == "add":
        about = Submission.objects.visible_to(request.user, at=request.now).filter(
            pk=number_in(request.POST, "about") or 0, assignment__session=request.program_session
        )
        paper = about.select_related("enrollment__user").defer("text").first()
        bank_comment(text=text, about=paper.enrollment.user if paper else None, actor=request.user, now=request.now)
        return "Kept among your comments."
    comment = get_object_or_404(mine, pk=number_in(request.POST, "comment"))
    if act == "delete":
        comment.delete()
        return "Deleted from your comments."
    change_banked(comment=comment, text=text, now=request.now)
    return "Changed."
