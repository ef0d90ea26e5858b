"""What apps declare is whole before anybody is to be told."""

import pytest
from django.core import checks

from notifications.checks import check_addresses, check_templates
from notifications.kinds import Kind, declared, register
from notifications.models import Lane, Notice


def test_every_kind_of_the_platform_has_its_texts():
    assert "cohorts.invitation" in {kind.key for kind in declared()}
    assert check_templates(None) == []
    assert check_templates in checks.registry.registry.registered_checks


def test_every_kind_has_a_name_for_people_and_what_cannot_be_missed_cannot_be_switched_off():
    kinds = {kind.key: kind for kind in declared()}

    assert all(kind.name[0].isupper() for kind in kinds.values())
    for key in ("account.mail", "assignments.receipt", "cohorts.invitation", "cohorts.meeting_moved"):
        assert not kinds[key].is_optional


def test_a_kind_without_its_texts_is_found_before_it_is_needed(declare):
    declare("fair.forgotten")

    assert [error.msg for error in check_templates(None)] == [
        "The template mail/fair/forgotten.txt of a notice is missing.",
        "The template mail/fair/forgotten.html of a notice is missing.",
    ]


@pytest.mark.parametrize("address", ["", "office", "Jörg <jörg@example.org>", "office@@example.org"])
def test_an_address_that_would_make_every_mail_undeliverable_is_found_before_the_first(settings, address):
    assert check_addresses(None) == []

    settings.DEFAULT_FROM_EMAIL = address

    assert [error.msg for error in check_addresses(None)] == [
        "DEFAULT_FROM_EMAIL is no address that mail servers take."
    ]
    assert check_addresses in checks.registry.registry.registered_checks


def test_two_kinds_cannot_share_a_key(declare):
    declare("fair.opens")

    with pytest.raises(ValueError, match="Two kinds of notice are called"):
        register(Kind(key="fair.opens", name="Fairs", lane=Lane.EVENT, is_optional=True, subject="x", why="y"))


@pytest.mark.parametrize(("kind", "name"), [("cohorts.meeting_moved", "meeting moved"), ("account.mail", "login code")])
def test_a_notice_says_what_it_is_in_words(kind, name):
    assert Notice(kind=kind, context={"mail": "login_code"}).kind_name == name
