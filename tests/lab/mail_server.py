"""A mail server that fails as real ones do: by chance, but the same chance each time."""

import asyncio
import random
import threading
from collections import Counter

from tests.notifications.mail_server import MailServer, drop_the_line


class FaultyMailServer(MailServer):
    """Each mail that comes meets one of `faults` with its share: {"451": 0.3, "drop": 0.05}.

    - a number: that answer, to RCPT; with "after DATA" behind it, to the mail itself;
    - "drop": the mail is kept, and the line breaks before the sender hears so;
    - "hang": nothing is answered for `hang_for` seconds, and the mail is not kept;
    - "slow": it takes `slow_for` seconds, and all is well;
    - "late": the mail is kept, and the sender hears so `slow_for` seconds later.
    """

    def __init__(self, faults=None, *, seed=27, hang_for=5.0, slow_for=0.05):
        super().__init__()
        self.faults, self.hang_for, self.slow_for = dict(faults or {}), hang_for, slow_for
        self.met = Counter()
        self._chance, self._turn = random.Random(seed), threading.Lock()

    def draw(self):
        """The fault that this mail meets, if any."""
        with self._turn:
            throw = self._chance.random()
            for fault, share in self.faults.items():
                if throw < share:
                    self.met[fault] += 1
                    return fault
                throw -= share
        return ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.fault = self.draw()
        if envelope.fault.isdecimal():
            return f"{envelope.fault} {SAID[envelope.fault[0]]}"
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        fault = envelope.fault
        if fault.endswith("after DATA"):
            return f"{fault[:3]} {SAID[fault[0]]}"
        if fault == "hang":
            await asyncio.sleep(self.hang_for)
            return "451 At last"
        if fault == "slow":
            await asyncio.sleep(self.slow_for)
        answer = await super().handle_DATA(server, session, envelope)
        if fault == "drop":
            drop_the_line(server)
        if fault == "late":
            await asyncio.sleep(self.slow_for)
        return answer


SAID = {"4": "Not now, try again later", "5": "5.1.1 Nobody lives here"}
