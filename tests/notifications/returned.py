"""Mails as servers send them back, in the forms that are met outside."""

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<ada@example.org>: host mx.example.org said: {diagnostic}

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 15 Mar 2027 12:00:00 +0000

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {diagnostic}

--b1
Content-Type: message/rfc822

From: Lyceum <office@example.org>
To: ada@example.org
Subject: Spring
Message-ID: <a@localhost>

The fair opens.
--b1--
"""

COMPLAINT = """\
From: <abuse@provider.example.net>
To: {to}
Subject: FW: Spring
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

This is an abuse report.

--b1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Feedback/1.0
Version: 1
Original-Mail-From: <{original}>

--b1
Content-Type: message/rfc822

From: Lyceum <office@example.org>
Subject: Spring

The fair opens.
--b1--
"""

AWAY = """\
From: Ada <ada@example.org>
To: {to}
Subject: Out of office
Auto-Submitted: auto-replied

I am away; 550 5.1.1 no such user, as the machines say.
"""


def bounce(to, *, status="5.1.1", diagnostic="550 5.1.1 <ada@example.org>: User unknown", action="failed"):
    """An undelivered mail as Postfix reports it."""
    return POSTFIX.format(to=to, status=status, diagnostic=diagnostic, action=action).encode()


def complaint(original, *, to="fbl@example.org"):
    """What a provider sends when somebody pressed “this is spam”."""
    return COMPLAINT.format(to=to, original=original).encode()


def away(to):
    """A person's machine that answers."""
    return AWAY.format(to=to).encode()
