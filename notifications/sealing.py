"""Mails that hold a token are kept encrypted until they are sent, so that a copy of the database opens no account."""

import base64
import json

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

PURPOSE = "notifications.sealing"


def seal(words: dict[str, str]) -> str:
    """Encrypt with a key that is derived from SECRET_KEY."""
    return _keys().encrypt(json.dumps(words).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """What was sealed. Raises InvalidToken when the key has changed and is not among SECRET_KEY_FALLBACKS."""
    return json.loads(_keys().decrypt(sealed.encode()))


def _keys() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(PURPOSE, "key", secret=secret, algorithm="sha256").digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
