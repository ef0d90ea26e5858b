"""Buttons over somebody's account, the same on the page of a place and on the page of the person."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import Perm
from operations.persons import (
    AddressTaken,
    AddressVerified,
    NoSecondStep,
    NothingChanged,
    NotOurs,
    change_unverified_address,
    close_account,
    has_second_step,
    is_verified,
    reopen_account,
    reset_second_step,
)
from programs.scoped_admin import Act, ActForm, ReasonForm


class AddressForm(ActForm):
    """The address as it should have been typed."""

    email = forms.EmailField(label="E-mail address")


def account_acts(person_of: Callable[[Any], User]) -> tuple[Act, ...]:
    """The acts, for rows that lead to a person."""

    def change_address(row: Any, answers: dict[str, Any], actor: User, now: datetime) -> str:
        person = change_unverified_address(user=person_of(row), email=answers["email"], actor=actor, now=now)
        return f"The address is {person.email} now. Send the invitation again, so that it reaches {person}."

    def reset(row: Any, answers: dict[str, Any], actor: User, now: datetime) -> str:
        reset_second_step(user=person_of(row), reason=answers["reason"], actor=actor, now=now)
        return f"The second step is reset; {person_of(row)} is told by mail."

    def close(row: Any, answers: dict[str, Any], actor: User, now: datetime) -> str:
        close_account(user=person_of(row), reason=answers["reason"], actor=actor, now=now)
        return f"{person_of(row)} can sign in no more."

    def reopen(row: Any, answers: dict[str, Any], actor: User, now: datetime) -> str:
        reopen_account(user=person_of(row), reason=answers["reason"], actor=actor, now=now)
        return f"{person_of(row)} can sign in again."

    return (
        Act(
            name="address",
            label="Correct the address",
            perm=Perm.MANAGE_PEOPLE,
            explains="Only while nobody has signed in with the present one. The invitation is not sent by itself.",
            form=AddressForm,
            do=change_address,
            is_possible=lambda row, now: not is_verified(person_of(row)),
            refusals=(NotOurs, AddressVerified, AddressTaken),
        ),
        Act(
            name="second-step",
            label="Reset the second step",
            perm=Perm.MANAGE_PEOPLE,
            explains=(
                "Removes authenticator app, passkeys and recovery codes. Make sure that it is really this person who "
                "asks: by telephone, or face to face. They are told by mail."
            ),
            form=ReasonForm,
            do=reset,
            is_possible=lambda row, now: has_second_step(person_of(row)),
            refusals=(NotOurs, NoSecondStep),
            is_grave=True,
        ),
        Act(
            name="close-account",
            label="Close the account",
            perm=Perm.MANAGE_PEOPLE,
            explains=(
                "The person can sign in no more, anywhere, and gets no mails. Nothing is deleted, and the account can "
                "be opened again. To end one place only, change its status instead."
            ),
            form=ReasonForm,
            do=close,
            is_possible=lambda row, now: person_of(row).is_active,
            refusals=(NotOurs, NothingChanged),
            is_grave=True,
        ),
        Act(
            name="reopen-account",
            label="Open the account again",
            perm=Perm.MANAGE_PEOPLE,
            form=ReasonForm,
            do=reopen,
            is_possible=lambda row, now: not person_of(row).is_active,
            refusals=(NotOurs, NothingChanged),
        ),
    )
