"""One deadline for a revision: what page and mail say is what holds.

Seen failing: without the check, and with the date that the answer names on the page and in the mail.
"""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from assignments.models import Feedback
from assignments.services import AnswerIncomplete, finish_feedback, hold_feedback, release_feedback, release_promised
from core.windows import hours
from notifications import sender
from tests import cast
from tests.assignments.answering import save
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(days=1)


@pytest.fixture
def ask(give, amara, fellow):
    """Her paper, and an answer that asks for a revision until then."""

    def _ask(until):
        wish = {"result": "please_revise", "revise_reason": "Who decided?", "revise_until": until}
        return save(give(amara), fellow, **wish)

    return _ask


@pytest.mark.parametrize("finish", [finish_feedback, hold_feedback, release_feedback])
def test_a_date_before_the_deadline_that_holds_anyway_is_refused(ask, paper, amara, fellow, finish):
    cast.extend(paper, amara, by=hours(48))
    feedback = ask(paper.due_at + hours(47))

    with pytest.raises(AnswerIncomplete, match="is Tuesday 23 February, 23:59 New York anyway"):
        finish(feedback=feedback, actor=fellow, now=LATER)
    assert Feedback.objects.get().status == "draft"

    Feedback.objects.update(revise_until=paper.due_at + timedelta(days=60))
    finish(feedback=Feedback.objects.get(), actor=fellow, now=LATER)


def test_page_and_mail_say_what_holds_when_more_time_came_later(client, ask, paper, amara, fellow, mailoutbox):
    feedback = ask(paper.due_at + hours(24))
    release_feedback(feedback=feedback, actor=fellow, now=LATER)
    cast.extend(paper, amara, by=hours(72))

    sender.send_due(now=LATER + hours(1))
    with time_machine.travel(LATER):
        client.force_login(amara.user)
        page = BeautifulSoup(client.get(feedback.get_absolute_url()).content, "html.parser")

    assert paper.window_for(amara).due_at == paper.due_at + hours(72)
    said = "Wednesday 24 February, 23:59 New York"
    assert any(said in mail.body for mail in mailoutbox if mail.to == [amara.user.email])
    assert said in " ".join(page.text.split())


def test_an_extension_that_comes_after_it_was_finished_keeps_no_answer_from_going_out(ask, paper, amara, fellow):
    feedback = finish_feedback(feedback=ask(paper.due_at + timedelta(days=60)), actor=fellow, now=LATER)
    cast.extend(paper, amara, until=paper.due_at + timedelta(days=61))

    assert release_promised(now=paper.due_at + timedelta(days=59)) == 1

    assert Feedback.objects.get(pk=feedback.pk).status == "released"
