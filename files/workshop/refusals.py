class Locked(Exception):
    """It opens only with a password."""


class TooMuch(Exception):
    """It is larger than what is opened here."""
