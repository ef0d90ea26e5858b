"""The demo's mail server: takes every message and keeps it as a file, for the mailbox page to read.

Run as `python -m engines.mail_sink PORT FOLDER`.
"""

import asyncio
import signal
import sys
from itertools import count
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 2000
PRUNED_EVERY = 100


class MailFolder:
    """Keeps messages as numbered `.eml` files; the header X-Envelope-To says to whom each went."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.numbers = count(max((int(path.stem) for path in folder.glob("*.eml")), default=0) + 1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd with each whole message."""
        content = envelope.content
        self.keep(content if isinstance(content, bytes) else (content or "").encode(), envelope.rcpt_tos)
        return "250 Kept"

    def keep(self, content: bytes, recipients: list[str]) -> Path:
        """Write one message under a name that no reader sees before it is whole."""
        number = next(self.numbers)
        path = self.folder / f"{number:08d}.eml"
        unfinished = path.with_suffix(".unfinished")
        header = b"".join(b"X-Envelope-To: " + to.encode("ascii", "replace") + b"\r\n" for to in recipients)
        unfinished.write_bytes(header + content)
        unfinished.rename(path)
        if number % PRUNED_EVERY == 0:
            self.prune()
        return path

    def prune(self) -> None:
        """Forget the oldest, so that a demo left running does not fill a disk."""
        for path in sorted(self.folder.glob("*.eml"))[:-KEPT]:
            path.unlink(missing_ok=True)


async def serve(port: int, folder: Path) -> None:
    """Take mail until SIGTERM."""
    loop = asyncio.get_running_loop()
    keeper = MailFolder(folder)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    async with server:
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
