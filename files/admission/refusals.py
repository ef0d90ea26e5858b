OTHER = "is called {} but is something else: open it in the program it was made with, save it as a PDF and add that."


class Unfit(Exception):
    """What is wrong with a file; reads on after its name, and says what to do."""


class Refused(Exception):
    """A file that is not taken, in one sentence for whoever brought it."""

    def __init__(self, name: str, why: object) -> None:
        self.name = name
        super().__init__(f"“{shortened(name)}” {why}")


def shortened(name: str) -> str:
    """A name as it stands in a sentence."""
    return name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"
