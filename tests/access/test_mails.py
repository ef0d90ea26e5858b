"""No mail holds what its reader may not read: the canaries of the matrix, looked for in three weeks of mail."""

from datetime import timedelta

import pytest
from django.core import mail

from assignments import notices
from assignments.models import CalibrationPaper, Concern, Feedback, Reader, SecondReading, Submission
from assignments.services import grant_extension
from core.windows import hours
from notifications import outbox, planner, sender
from tests.access import people as who
from tests.cast import WEEK_3

pytestmark = pytest.mark.django_db


def tell_what_happened(world):
    """Everything that a paper can be the cause of."""
    for paper in Submission.objects.all():
        outbox.enqueue(notices.receipt(paper), now=WEEK_3)
    for answer in Feedback.objects.filter(status=Feedback.Status.RELEASED):
        outbox.enqueue(notices.feedback_released(answer), now=WEEK_3)
    for reader in Reader.objects.filter(submission__assignment__answered_by="peers"):
        outbox.enqueue(notices.paper_to_answer(reader), now=WEEK_3)
    for concern in Concern.objects.all():
        outbox.enqueue(notices.concern_raised(concern), now=WEEK_3)
        outbox.enqueue(notices.director_wrote(concern), now=WEEK_3)
    for reading in SecondReading.objects.to_do():
        outbox.enqueue(notices.second_readings_asked(reading.sample, reading.reader.user_id), now=WEEK_3)
    for sample in CalibrationPaper.objects.all():
        for name in (who.FELLOW, who.OTHER_FELLOW, who.HEAD):
            outbox.enqueue(notices.samples_waiting(sample.session, world.users[name].pk, WEEK_3), now=WEEK_3)
    grant_extension(
        assignment=world.rows["paper"],
        enrollment=world.places[who.ON_LEAVE],
        by=hours(24),
        reason=world.hide("reason of an extension of which a mail tells", {who.FELLOW, who.HEAD, who.DIRECTOR}),
        actor=world.users[who.FELLOW],
        now=WEEK_3,
    )


def test_no_mail_holds_what_its_reader_may_not_read(world):
    tell_what_happened(world)
    for half_days in range(42):
        now = WEEK_3 + timedelta(hours=12 * half_days)
        planner.plan(now=now)
        sender.send_due(now=now)

    by_address = {user.email: name for name, user in world.users.items() if user.is_authenticated}
    told = {}
    leaks = []
    for message in mail.outbox:
        (name,) = (name for address, name in by_address.items() if address in message.to[0])
        told[name] = told.get(name, 0) + 1
        said = f"{message.subject}\n{message.body}\n{message.alternatives}"
        leaks += [f"{name}: {what}, in “{message.subject}”" for what in world.leaks_to(name, said)]
    assert leaks == []
    assert {who.PARTICIPANT, who.NEIGHBOUR, who.COMPLETED, who.OTHER_FELLOW} <= set(told)
    assert who.REMOVED not in told
    assert sum(told.values()) > 15
