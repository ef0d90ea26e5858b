"""What people wrote for their readers stands nowhere in the office, whoever looks."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.roles import Role
from assignments.models import Comment, Draft, Feedback, KeptText, Submission
from audit.models import Entry
from tests import cast
from tests.cast import WEEK_3

CANARY = "Quetzal"


@pytest.fixture
def written(paper, participant_in_kolkata, fellow):
    """A draft, a kept text, a paper and an answer, each with the canary."""
    draft = Draft.objects.create(
        assignment=paper, enrollment=participant_in_kolkata, text=f"{CANARY} draft", revision=1, saved_at=WEEK_3
    )
    KeptText.objects.create(draft=draft, text=f"{CANARY} kept", based_on=0, kept_at=WEEK_3, editor=uuid4())
    paper_text = f"{CANARY} paper"
    submission = Submission.objects.create(
        assignment=paper,
        enrollment=participant_in_kolkata,
        number=1,
        text=paper_text,
        words=2,
        sha256="0" * 64,
        prompt=paper.prompt,
        handed_in_at=WEEK_3,
        handed_in_by=participant_in_kolkata.user,
        key=uuid4(),
        receipt="LOA-1",
    )
    feedback = Feedback.objects.create(
        submission=submission,
        author=fellow,
        status=Feedback.Status.RELEASED,
        saved_at=WEEK_3,
        text=f"{CANARY} answer",
        next_step=f"{CANARY} next step",
        result=Feedback.Result.COMPLETE,
        released_at=WEEK_3 + timedelta(hours=1),
        released_by=fellow,
    )
    Comment.objects.create(
        feedback=feedback, starts_at_char=0, ends_at_char=3, quote=f"{CANARY} quote", text=f"{CANARY} remark"
    )
    return submission


@pytest.fixture
def everybody(director, coordinator, operator, loa):
    """Everybody who opens the office, and one who does so in two roles at once."""
    both = cast.make_user("Wren Castillo", zone="America/New_York")
    cast.appoint(both, Role.DIRECTOR, session=loa)
    cast.appoint(both, Role.HEAD_TEACHING_FELLOW, session=loa)
    return [director, coordinator, operator, both]


def pages_of(office):
    """Every page of the office that this client can reach: lists, forms, and each row with its history and acts."""
    yield "/office/"
    for model, model_admin in admin.site._registry.items():
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{stem}_changelist")
        yield reverse(f"{stem}_changelist") + "?q=a"
        yield reverse(f"{stem}_add")
        for row in model._default_manager.all():
            for page in ("change", "history", "delete"):
                yield reverse(f"{stem}_{page}", args=[row.pk])
            for act in model_admin.acts:
                yield reverse(f"{stem}_act", args=[row.pk, act.name])


def test_papers_drafts_and_answers_have_no_page_of_their_own():
    kinds = {model._meta.label_lower for model in admin.site._registry}

    assert (
        not {
            "assignments.draft",
            "assignments.kepttext",
            "assignments.submission",
            "assignments.feedback",
            "assignments.comment",
        }
        & kinds
    )


def test_no_page_shows_what_was_written(client, everybody, written, section):
    seen = 0
    for user in everybody:
        client.force_login(user)
        for page in pages_of(client):
            answer = client.get(page)
            assert answer.status_code in (200, 302, 403), page
            seen += answer.status_code == 200
            assert CANARY not in answer.content.decode(), f"{page} for {user}"

    assert seen > 200
    assert Entry.objects.exists() is False


def test_no_search_finds_somebody_by_what_they_wrote(client, director, written):
    client.force_login(director)

    for model in admin.site._registry:
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        changelist = client.get(page, {"q": CANARY}).context["cl"]
        if changelist.search_fields:
            assert changelist.result_count == 0, model


@pytest.mark.parametrize("lookup", ["drafts__text", "submissions__text", "submissions__feedback__text"])
def test_no_filter_tries_out_what_was_written(client, director, written, lookup):
    client.force_login(director)

    answer = client.get("/office/cohorts/enrollment/", {f"{lookup}__contains": CANARY})

    assert answer.status_code == 400


def test_the_operator_opens_no_page_of_a_participant_s_place(client, operator, participant_in_kolkata):
    client.force_login(operator)

    answer = client.get(f"/office/cohorts/enrollment/{participant_in_kolkata.pk}/change/", follow=True)

    assert "Amara" not in answer.content.decode()
