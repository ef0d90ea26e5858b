from uuid import uuid4

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from core.access import public
from core.http import Request
from operations.forms import HelpForm
from operations.help import Circumstances, TooManyQuestions, ask_for_help, session_of_page


@public
def help_ask(request: Request) -> HttpResponse:
    """A short form; page, browser, zone and request id go along by themselves, and the person sees that they do."""
    is_known = request.user.is_authenticated
    initial = {
        "key": uuid4(),
        "page": request.GET.get("from", "")[:2000],
        "request_id": request.GET.get("request", "")[:64],
    }
    form = HelpForm(request.POST or None, is_known=is_known, initial=initial)
    circumstances = circumstances_of(request, form)
    if request.method == "POST" and form.is_valid():
        try:
            ask_for_help(
                user=request.user,
                email=form.cleaned_data.get("email", ""),
                question=form.cleaned_data["question"],
                circumstances=circumstances,
                key=str(form.cleaned_data["key"]),
                visitor=get_adapter(request).get_client_ip(request),
                now=request.now,
            )
        except TooManyQuestions as refused:
            form.add_error(None, str(refused))
        else:
            if not is_known:
                # The page they came from may send them on; the answer goes to the address they gave.
                return redirect("operations:help-sent")
            messages.success(request, "Your question is on its way. The answer comes by mail.")
            return redirect(way_back(request, circumstances.page))
    context = {
        "form": form,
        "circumstances": circumstances,
        "session": session_of_page(circumstances.page, request.user, request.now),
    }
    return render(request, "operations/help.html", context, status=422 if form.is_bound else 200)


@public
@require_safe
def help_sent(request: Request) -> HttpResponse:
    """That the question is on its way, for somebody who is not signed in."""
    return render(request, "operations/help_sent.html", {"office": settings.OFFICE_EMAIL})


def circumstances_of(request: Request, form: HelpForm) -> Circumstances:
    """What goes along with the question."""
    asked = request.POST if form.is_bound else form.initial
    zone = request.user.zone if request.user.is_authenticated else ""
    return Circumstances(
        page=str(asked.get("page", ""))[:2000],
        browser=request.headers.get("User-Agent", "")[:400],
        zone=zone or request.COOKIES.get("zone", "")[:64],
        request_id=str(asked.get("request_id", ""))[:64],
    )


def way_back(request: Request, page: str) -> str:
    """The page they came from, if it is one of ours."""
    if page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return page
    return "/"
