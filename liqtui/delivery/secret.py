"""Secrets: where they are kept, and that nobody sees them by accident.

Settings name them and never hold them: ``env:NAME`` or ``file:PATH``. What is read is a `Secret`,
which shows itself to nobody who does not ask for it, and a `Redactor` takes it out of what others
say.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final, NoReturn, final
from urllib.parse import quote, unquote

_SIZE_LIMIT: Final = 4096
_PART: Final = re.compile(r"[/?&=#@:,;+ ]+")
_SHORTEST: Final = 5
"""Of the parts of a URL that are taken out alone: shorter ones are everywhere."""
HIDDEN: Final = "***"


class SecretError(ValueError):
    """A secret that cannot be had, or that others can read; the message does not hold it."""


@final
class Secret:
    """A text that neither a log, a picture of the settings nor a traceback shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


def read(reference: str, environ: Mapping[str, str]) -> Secret:
    """Return the secret that settings refer to.

    Args:
        reference: ``env:NAME`` or ``file:PATH``, absolute or from ``~`` or ``$VARIABLE`` on.
        environ: the environment.

    Raises:
        SecretError: there is none, or it is not kept safely.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        found = environ.get(name, "")
        if not found:
            raise SecretError(f"the environment has no {name}")
    else:
        found = _from_file(Path(Template(name).safe_substitute(environ)).expanduser())
    text = found.strip()
    if not text or not text.isprintable():
        raise SecretError(f"{reference} holds no single line of text")
    return Secret(text)


def _from_file(path: Path) -> str:
    """Return the content of a file that nobody else can read, as ssh wants its keys."""
    if not path.is_absolute():
        raise SecretError(f"{path} is not absolute: start it with / or ~")
    try:
        # Without waiting for a writer, if it is a pipe.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            kept = os.fstat(file.fileno())
            data = file.read(_SIZE_LIMIT + 1)
    except OSError as error:
        raise SecretError(f"{path} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(kept.st_mode) or len(data) > _SIZE_LIMIT:
        raise SecretError(f"{path} is no file of at most {_SIZE_LIMIT} bytes")
    if kept.st_uid not in {os.getuid(), 0}:
        raise SecretError(f"{path} belongs to another user")
    if kept.st_mode & 0o077:
        raise SecretError(f"{path} can be read by others: chmod 600 {path}")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise SecretError(f"{path} is not UTF-8") from None  # its words would quote the content


class Redactor:
    """Takes secrets out of texts: whole, in parts (a URL's), quoted or not, in any case.

    Args:
        secrets: what is taken out.
    """

    def __init__(self, *secrets: Secret) -> None:
        found: set[str] = set()
        for secret in secrets:
            text = secret.reveal()
            _, _, rest = text.partition("://")
            parts = {part for part in _PART.split(rest) if len(part) >= _SHORTEST}
            for part in {text, rest, *parts} - {""}:
                found |= {part, unquote(part), quote(part), quote(part, safe="")}
        ordered = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered)) or r"(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """Return the text without them."""
        return self._pattern.sub(HIDDEN, text)
