"""allauth's forms in our words: a label above each field and no grey words inside it."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import User

EMAIL = "E-mail address"
SIX_DIGITS = "The six digits that the app shows now, or one of your recovery codes."


class PlainWords(forms.Form):
    """Labels and help of the form's own; placeholders go, because they vanish while one is typing."""

    words: dict[str, str] = {}
    explains: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)
            field.help_text = self.explains.get(name, field.help_text)


class LoginForm(PlainWords, account.LoginForm):
    words = {"login": EMAIL, "password": "Password"}


class SignupForm(PlainWords, account.SignupForm):
    """Name, address, password."""

    name = forms.CharField(
        label="Your name",
        max_length=200,
        help_text="As it should stand in lists and beside your work.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]
    words = {"email": EMAIL, "password1": "Password"}
    explains = {"password1": "Ten characters or more. A short sentence is easy to remember and hard to guess."}

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account; for an address that has one, only its owner is told, by mail.

        Hashing the password takes fifty times as long as all the rest, so it is done in both cases: otherwise the
        time until the answer says who has an account here.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        return super().save(request)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = " ".join(self.cleaned_data["name"].split())
        user.joined_at = request.now  # type: ignore[attr-defined]
        user.save(update_fields=["name", "joined_at"])


class RequestLoginCodeForm(PlainWords, account.RequestLoginCodeForm):
    words = {"email": EMAIL}


class ConfirmLoginCodeForm(PlainWords, account.ConfirmLoginCodeForm):
    words = {"code": "Code from the mail"}


class ConfirmEmailVerificationCodeForm(PlainWords, account.ConfirmEmailVerificationCodeForm):
    words = {"code": "Code from the mail"}


class ResetPasswordForm(PlainWords, account.ResetPasswordForm):
    words = {"email": EMAIL}


class ResetPasswordKeyForm(PlainWords, account.ResetPasswordKeyForm):
    words = {"password1": "New password", "password2": "New password, once more"}
    explains = {"password1": "Ten characters or more."}


class ChangePasswordForm(PlainWords, account.ChangePasswordForm):
    words = {
        "oldpassword": "Your password now",
        "password1": "New password",
        "password2": "New password, once more",
    }
    explains = {"password1": "Ten characters or more."}


class SetPasswordForm(PlainWords, account.SetPasswordForm):
    words = {"password1": "Password", "password2": "Password, once more"}
    explains = {"password1": "Ten characters or more."}


class AddEmailForm(PlainWords, account.AddEmailForm):
    words = {"email": "New e-mail address"}


class ChangeEmailForm(PlainWords, account.ChangeEmailForm):
    words = {"email": EMAIL}


class ReauthenticateForm(PlainWords, account.ReauthenticateForm):
    words = {"password": "Password"}


class AuthenticateForm(PlainWords, mfa.AuthenticateForm):
    words = {"code": "Code from your app"}
    explains = {"code": SIX_DIGITS}


class MfaReauthenticateForm(PlainWords, mfa.ReauthenticateForm):
    words = {"code": "Code from your app"}
    explains = {"code": SIX_DIGITS}


class ActivateTOTPForm(PlainWords, totp.ActivateTOTPForm):
    words = {"code": "Code from the app"}
    explains = {"code": "The six digits that the app shows now."}


class AddWebAuthnForm(PlainWords, webauthn.AddWebAuthnForm):
    words = {"name": "What to call it", "passwordless": "Sign in with it alone, without the password"}
    explains = {"name": "So that you know it again: “Phone”, “Key on my key ring”.", "passwordless": ""}


class EditWebAuthnForm(PlainWords, webauthn.EditWebAuthnForm):
    words = {"name": "What to call it"}
