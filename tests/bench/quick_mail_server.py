"""Takes every mail and keeps to whom it went: `python -m tests.bench.quick_mail_server PORT FILE`.

As little of SMTP as a sender needs, because a mail server's work is not what is measured beside it.
"""

import asyncio
import signal
import sys

ANSWERS = {
    b"EHLO": b"250 localhost\r\n",
    b"MAIL": b"250 OK\r\n",
    b"RCPT": b"250 OK\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}
ENDED = b"\r\n.\r\n"


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, kept):
        self.kept, self.buffer, self.is_mail, self.recipient = kept, b"", False, ""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(b"220 localhost\r\n")

    def data_received(self, data):
        self.buffer += data
        while self._step():
            pass

    def _step(self):
        if self.is_mail:
            _, ended, rest = self.buffer.partition(ENDED)
            if not ended:
                return False
            self.kept.write(f"{self.recipient}\n")
            self.kept.flush()
            self.transport.write(b"250 Kept\r\n")
            self.buffer, self.is_mail = rest, False
            return True
        line, ended, rest = self.buffer.partition(b"\r\n")
        if not ended:
            return False
        self.buffer, verb = rest, line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        self.is_mail = verb == b"DATA"
        self.transport.write(ANSWERS.get(verb, b"250 OK\r\n"))
        return True


async def main(port, path):
    """Until SIGTERM."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    with open(path, "w") as kept:
        server = await loop.create_server(lambda: Line(kept), "localhost", port)
        await ended.wait()
        server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
