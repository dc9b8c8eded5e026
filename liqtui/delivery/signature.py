"""Signatures of webhooks, as Standard Webhooks 1.0.0 has them (standardwebhooks.com).

``webhook-id`` is the letter's id, ``webhook-timestamp`` the time of the try in seconds, and
``webhook-signature`` is ``v1,`` and the base64 of the HMAC-SHA256 of ``id.timestamp.body``. The key
is what follows ``whsec_`` in base64, or else the secret's own bytes.
"""

import base64
import binascii
import hmac
from typing import Final, final

from liqtui.delivery.letter import Letter
from liqtui.delivery.secret import HIDDEN, Secret

_PREFIX: Final = "whsec_"
_LEAST: Final = 24
"""Bytes, as the standard has it."""


class KeyLengthError(ValueError):
    """A key of too few bytes; the message does not hold it."""


@final
class Key:
    """What a webhook is signed with.

    Args:
        secret: it, as written down.

    Raises:
        KeyLengthError: it is too short.
    """

    __slots__ = ("_bytes",)

    def __init__(self, secret: Secret) -> None:
        self._bytes = _bytes(secret.reveal())
        if len(self._bytes) < _LEAST:
            raise KeyLengthError(f"a key has {_LEAST} bytes or more: `openssl rand -base64 32`")

    def __repr__(self) -> str:
        return HIDDEN

    def headers(self, letter: Letter, seconds: int) -> dict[str, str]:
        """Return the headers that prove who sends a letter, and when (UTC seconds)."""
        signed = b".".join((letter.id.encode(), str(seconds).encode(), letter.body))
        made = base64.b64encode(hmac.digest(self._bytes, signed, "sha256")).decode()
        return {"webhook-timestamp": str(seconds), "webhook-signature": f"v1,{made}"}


def _bytes(text: str) -> bytes:
    if not text.startswith(_PREFIX):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""
