"""Whether a port is free, told in one sentence; run as `python3 engines/ports.py 8000` before anything is installed."""

import socket
import sys


def is_taken(port: int) -> bool:
    """Whether anybody on this machine answers on the port, over either family of addresses."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as caller:
                caller.settimeout(1)
                if caller.connect_ex((address, port)) == 0:
                    return True
        except OSError:
            continue
    return False


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def refuse_taken(port: str) -> int:
    """The port as a number, or the end of the program."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is “{port}”; it must be a number from 1 to 65535, as in `PORT=9000 make demo`.")
    if is_taken(int(port)):
        sys.exit(f"Port {port} is taken by another program: stop it, or take another, as in `PORT=9000 make demo`.")
    return int(port)


if __name__ == "__main__":
    refuse_taken(sys.argv[1])
