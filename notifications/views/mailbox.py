from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.access import public
from notifications.mailbox import newest_mails, read_mail


@public
@require_safe
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """All mails of the demo, whoever they are to. Nowhere else does this page exist."""
    _only_in_the_demo()
    to = request.GET.get("to", "")
    return render(request, "notifications/mailbox.html", {"mails": newest_mails(to), "to": to})


@public
@require_safe
def mailbox_read(request: HttpRequest, name: str) -> HttpResponse:
    """One mail of the demo."""
    _only_in_the_demo()
    mail = read_mail(name)
    if mail is None:
        raise Http404
    return render(request, "notifications/mail.html", {"mail": mail})


def _only_in_the_demo() -> None:
    if not settings.IS_DEMO:
        raise Http404
