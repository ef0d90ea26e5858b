"""Sends what is due: claims a batch, asks each cause once more, writes, hands over, and records what became of it."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F

from core import clock
from notifications.asking import Refusal, ask_wanted, describe
from notifications.claims import LANES, Claim, claim, kept, waiting_out_an_outage
from notifications.domains import domain_of, note_accepted, note_setback
from notifications.gate import look_where_we_are
from notifications.keeping import KeptByKey, Words, storable, to_keep, words_of
from notifications.kinds import Described
from notifications.letters import Letter, write_letter
from notifications.models import Lane, Notice
from notifications.outbox import wake_sender
from notifications.post import SERVICE_CLOSING, Fate, Outcome, Post
from notifications.returns import note_refusal

logger = logging.getLogger(__name__)

BATCH = 100
# A run ends after this; the next look goes on. A batch ends earlier, so that nobody is reminded more than a second
# after handing in, and well within its lease, so that nothing is begun that another sender may have, even by a process
# that stood still.
RUN_FOR = timedelta(seconds=20)
FRESH_FOR = timedelta(seconds=0.7)
# The server cannot be reached: look again soon.
PAUSE = timedelta(seconds=15)
# What may be told to ten thousand at once; the account lane has senders of its own.
MANY = (Lane.EVENT, Lane.REMINDER)
# So many domains in a row that say they are closing: it is the server between us and them.
MOST_CLOSING = 3
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=30)


class Run:
    """One run of a sender: its moment goes on from the `now` it was given, whatever becomes of the machine's clock."""

    def __init__(self, now: datetime) -> None:
        # The present moment of this run.
        self.moment = clock.going_on_from(now)
        # How many to claim: as many as can be sent while what was asked holds, fewer where asking takes too long.
        self.at_once = BATCH


def send_due(*, now: datetime, run_for: timedelta = RUN_FOR, lanes: Collection[Lane] = LANES) -> int:
    """Send until nothing may go or `run_for` is over; how many mails were accepted. Safe twice and in parallel."""
    run, accepted = Run(now), 0
    look_where_we_are(now=now)
    with Post() as post:
        while run.moment() < now + run_for:
            batch = claim(now=run.moment(), limit=run.at_once, lanes=lanes)
            if not batch.mails:
                break
            if len(_flat(batch.mails)) >= BATCH:
                # There is more to do than one batch: whoever is free may help.
                wake_sender()
            try:
                with kept(batch, run.moment):
                    sent, goes_on = _send_batch(batch, post, run)
            except (OperationalError, InterfaceError):
                waiting_out_an_outage(partial(batch.let_go, now=run.moment()))
                raise
            accepted += sent
            if not goes_on:
                break
    return accepted


def _send_batch(batch: Claim, post: Post, run: Run) -> tuple[int, bool]:
    """How many mails were accepted, and whether the server can be used any longer."""
    asked_at, sent = run.moment(), 0
    domains = Domains(batch.troubled)
    mails, described = _sort_out(batch, batch.mails, asked_at)
    took = run.moment() - asked_at
    if took > FRESH_FOR and len(mails) > 1:
        # It is stale already, and would be the next time: the first is asked for by itself, so that one goes at least.
        run.at_once = max(1, int(run.at_once * (FRESH_FOR / took) / 2))
        batch.put_back(_flat(mails[1:]), until=run.moment())
        asked_at = run.moment()
        mails, described = _sort_out(batch, mails[:1], asked_at)
    for number, mail in enumerate(mails):
        if number and run.moment() - asked_at > FRESH_FOR:
            run.at_once = max(number, 1)
            batch.put_back(_flat(mails[number:]), until=run.moment())
            return sent, True
        if (closed_until := domains.closed_until(mail)) is not None:
            batch.put_back(mail, until=closed_until)
            continue
        outcome = _send_mail(batch, mail, described, post, run)
        if outcome is None:
            continue
        domains.note(mail, outcome, run.moment())
        sent += outcome.fate is Fate.ACCEPTED
        if outcome.fate in (Fate.NO_SERVICE, Fate.IN_DOUBT) or domains.all_close:
            batch.put_back(_flat(mails[number + 1 :]), until=run.moment() + PAUSE)
            return sent, False
    if took <= FRESH_FOR:
        run.at_once = min(BATCH, run.at_once + run.at_once // 4 + 1)
    return sent, True


class Domains:
    """What the domains of one batch have said to us."""

    def __init__(self, troubled: Collection[str]) -> None:
        self._troubled = set(troubled)
        self._closed: dict[str, datetime] = {}
        self._closing: set[str] = set()

    @property
    def all_close(self) -> bool:
        """Whether the server itself is closing, and not the domain behind it."""
        return len(self._closing) >= MOST_CLOSING

    def closed_until(self, mail: list[Notice]) -> datetime | None:
        """When the domain may be asked again; None while it takes mails. The account lane asks it all the same."""
        return None if mail[0].lane == Lane.ACCOUNT else self._closed.get(domain_of(mail[0].mail_address))

    def note(self, mail: list[Notice], outcome: Outcome, now: datetime) -> None:
        """Remember it, in the database only what changes something."""
        domain = domain_of(mail[0].mail_address)
        if outcome.fate is Fate.ACCEPTED:
            self._closing.clear()
            if domain in self._troubled:
                self._troubled.discard(domain)
                note_accepted(domain)
        elif outcome.fate is Fate.LATER:
            self._troubled.add(domain)
            if outcome.code == SERVICE_CLOSING:
                self._closing.add(domain)
            if closed_until := note_setback(domain, f"{outcome.code or ''} {outcome.text}".strip(), now=now):
                self._closed[domain] = closed_until


def _sort_out(
    batch: Claim, mails: list[list[Notice]], now: datetime
) -> tuple[list[list[Notice]], dict[int, Described]]:
    """Settle those that are not to be sent; the mails that remain, and what their templates need."""
    notices = _flat(mails)
    refused = ask_wanted(notices, now)
    # What is kept out of the mail is told in the app, in the words that the mail would have had.
    withheld = {pk for pk, refusal in refused.items() if refusal.withheld}
    described, unsaid = describe([one for one in notices if one.pk not in refused or one.pk in withheld], now)
    refused = unsaid | refused
    groups: dict[Refusal, list[Notice]] = {}
    for notice in notices:
        if notice.pk in refused:
            groups.setdefault(refused[notice.pk], []).append(notice)
    for refusal, group in groups.items():
        if refusal.status is Notice.Status.WAITING:
            batch.put_back(group, until=now + FIRST_RETRY)
            continue
        kept: dict[str, Any] = {}
        if refusal.withheld:
            kept["told"] = to_keep(group, words_of(group, described, now))
        batch.settle(group, refusal.status, reason=refusal.reason, withheld=refusal.withheld, **kept)
    remaining = ([notice for notice in mail if notice.pk not in refused] for mail in mails)
    return [mail for mail in remaining if mail], described


def _send_mail(
    batch: Claim, mail: list[Notice], described: dict[int, Described], post: Post, run: Run
) -> Outcome | None:
    """Write it, hand it over, record it; None when there was nothing that could be written."""
    letter = write_letter(mail, described, now=run.moment())
    for pk, trouble in letter.troubles.items():
        logger.error("Notice %s: %s", pk, trouble)
        batch.settle([notice for notice in mail if notice.pk == pk], Notice.Status.FAILED, reason=trouble)
    if letter.message is None:
        return None
    outcome = post.send(letter.message)
    told = [notice for notice in mail if notice.pk in letter.said]
    if outcome.fate is Fate.ACCEPTED:
        _record_accepted(batch, told, letter, run.moment())
    else:
        logger.warning("Notice %s: %s %s %s", told[0].pk, outcome.fate.value, outcome.code or "", outcome.text)
        _record_setback(batch, told, letter, outcome, run.moment())
    return outcome


def _record_accepted(batch: Claim, told: list[Notice], letter: Letter, now: datetime) -> None:
    words = {pk: Words.of(passage) for pk, passage in letter.said.items()}
    said = {one.pk: (letter.said[one.pk].recorded_why, storable(one, words[one.pk])) for one in told}

    def record() -> None:
        batch.settle_sent(said, now=now)

    # The mail is out: what is not written down now goes out twice.
    waiting_out_an_outage(record)


def _words_in(letter: Letter, told: list[Notice]) -> KeptByKey:
    return to_keep(told, {pk: Words.of(passage) for pk, passage in letter.said.items()})


def _record_setback(batch: Claim, told: list[Notice], letter: Letter, outcome: Outcome, now: datetime) -> None:
    words: dict[str, Any] = {"smtp_code": outcome.code, "smtp_text": outcome.text}
    if outcome.fate is Fate.NO_SERVICE:
        batch.put_back(told, until=now + PAUSE, **words)
        return
    words["attempts"] = F("attempts") + 1
    if outcome.fate is Fate.REFUSED:
        trouble = "the mail server refused it" if outcome.code else "its mail could not be written"
        said = _words_in(letter, told)
        batch.settle(told, Notice.Status.FAILED, reason=f"{trouble}: {outcome.text}", told=said, **words)
        note_refusal(mail=told, words=outcome.text, now=now)
    else:
        retry_at = now + _back_off(max(notice.attempts for notice in told))
        batch.put_back(told, until=retry_at, in_doubt=outcome.fate is Fate.IN_DOUBT, **words)


def _back_off(attempts: int) -> timedelta:
    """1, 2, 4 … up to 30 minutes."""
    return min(FIRST_RETRY * 2 ** min(attempts, 10), LONGEST_RETRY)


def _flat(mails: list[list[Notice]]) -> list[Notice]:
    return [notice for mail in mails for notice in mail]
