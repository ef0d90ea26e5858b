from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context as request_context
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core import clock
from core.languages import spoken, spoken_template
from notifications import outbox
from notifications.models import CameBack, UnreadOf
from notifications.notices import ACCOUNT_MAIL
from notifications.returns import settle_address
from notifications.sealing import seal

# Mails that tell of a change hold no token, and must arrive even if the mail server is away for some days.
CHANGES_LAST = timedelta(days=3)


class AccountAdapter(DefaultAccountAdapter):
    """Puts every mail of the account library into the outbox, in the transaction of what it is about."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now, while its token is at hand, and keep it sealed until it is sent."""
        now = clock.now()
        owner = _owner_of(email, context)
        surroundings = {
            "request": request_context.request,
            "email": email,
            "user": owner,
            "now": now,
            "reader_zone": owner.tz if owner and owner.zone else None,
            "SITE_NAME": settings.SITE_NAME,
            "SITE_URL": settings.SITE_URL,
        }
        with spoken(owner.language if owner else ""):
            mail = self.render_mail(_spoken_prefix(template_prefix), email, surroundings | context)
        request = ACCOUNT_MAIL.to(
            owner if owner and owner.email.lower() == email.lower() else email,
            on=owner,
            occurrence=uuid4().hex,
            expires_at=now + _lasts(template_prefix, context),
            context={"mail": template_prefix.rpartition("/")[2]},
        )
        sealed_mail = seal({"subject": mail.subject, "text": str(mail.body), "code": str(context.get("code", ""))})
        outbox.enqueue(replace(request, sealed_mail=sealed_mail), now=now)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """An address that was just confirmed works, whatever came back from it before."""
        is_confirmed = bool(super().confirm_email(request, email_address))
        if is_confirmed:
            settle_address(person=email_address.user, now=clock.now())
        return is_confirmed

    def post_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse:
        """A code that came by mail arrived: its address works, whatever came back from it before."""
        steps = get_authentication_records(request, user)
        if any(step["method"] == "code" and str(step.get("email")).lower() == user.email.lower() for step in steps):
            settle_address(person=user, now=clock.now())
        return super().post_login(request, user, **login)


def _spoken_prefix(template_prefix: str) -> str:
    """Where that mail stands in the language that is spoken."""
    ending = "_message.txt"
    return spoken_template(template_prefix + ending).removesuffix(ending)


class AccountBackend(AuthenticationBackend):
    """Finds who is signed in and, in the same query, how many notices are new to them (`request.user.unread`) and
    which mail to them came back (`request.user.mail_came_back`)."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a cookie session; None when the account is gone or closed."""
        user = User.objects.annotate(unread=UnreadOf(clock.now()), mail_came_back=CameBack()).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


def _owner_of(email: str, context: dict[str, Any]) -> User | None:
    user = context.get("user")
    return user if isinstance(user, User) else User.objects.filter(email__iexact=email).first()


def _lasts(template_prefix: str, context: dict[str, Any]) -> timedelta:
    """As long as what it holds."""
    name = template_prefix.rpartition("/")[2]
    if "timestamp" in context:
        return CHANGES_LAST
    if "code" not in context:
        return ACCOUNT_MAIL.lasts
    seconds = {
        "login_code": app_settings.LOGIN_BY_CODE_TIMEOUT,
        "password_reset_code": app_settings.PASSWORD_RESET_BY_CODE_TIMEOUT,
    }.get(name, app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
    return timedelta(seconds=seconds)
