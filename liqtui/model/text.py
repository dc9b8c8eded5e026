"""Texts from the network are plain text: nothing in them may steer a terminal or a parser."""

import re
from collections.abc import Iterable
from typing import Final

_HARMLESS: Final = re.compile(r"[A-Za-z0-9._:/-]{1,40}")
_SYMBOL_LIMIT: Final = 40
_STEERING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


_MARKUP: Final = str.maketrans("@<>*_`[]#|~&\\", "＠‹›∗ˍˋ⟦⟧＃¦≈＆＼")
"""What begins a mention, a link, a channel or a style somewhere, to what looks like it."""
_NAME_DOT: Final = re.compile(r"(?<=[^\s\d])\.(?=\S)|\.(?=[^\s\d])")
_ADDRESS: Final = re.compile(r"\d+(?:\.\d+){2,}")
_LEADER: Final = "\N{ONE DOT LEADER}"
_SLASH: Final = re.compile(r"(?<![^\s:/])/|(?<=/)/|/(?=/)")


class BadTextError(ValueError):
    """A name that no exchange would give a contract."""


def plain(text: str, limit: int = 200) -> str:
    r"""Return ``text`` with every control, bidi and invisible character as U+FFFD, cut to length.

    >>> plain("a\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return _STEERING.sub("\ufffd", cut)


def inert(text: str, limit: int = 400) -> str:
    """Return ``text`` as `plain`, with nothing in it that a chat or a mail would make more of.

    No mention, link, command, hash tag or style of Telegram, Discord, Slack, Markdown or HTML is
    left: what would begin one becomes a character that looks like it. Numbers stay as they are.

    >>> inert("see https://evil.com/x <!channel> @everyone, 0.9% of $61,480.5 at 25x/50x")
    'see https:⁄⁄evil․com/x ‹!channel› ＠everyone, 0.9% of $61,480.5 at 25x/50x'
    """
    shown = _SLASH.sub("\N{FRACTION SLASH}", plain(text, limit).translate(_MARKUP))
    shown = _ADDRESS.sub(lambda found: found[0].replace(".", _LEADER), shown)
    return _NAME_DOT.sub(_LEADER, shown)


def masked(url: str) -> str:
    """Return a URL with no more of it than its host: user, path and query may be secret.

    >>> masked("https://me:word@hooks.example:8443/services/T0/B0?token=x")
    'https://hooks.example:8443/***'
    """
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{plain(scheme, 10)}://{plain(host, 80)}/***"


def symbol(text: str) -> str:
    """Return a venue's symbol as it is, or raise `BadTextError` where it cannot be one.

    Real symbols may be in Chinese; none holds blanks, controls or invisible characters.
    """
    if _HARMLESS.fullmatch(text):
        return text
    if 0 < len(text) <= _SYMBOL_LIMIT and text.isprintable() and not _STEERING.search(text):
        if any(letter.isspace() for letter in text):
            raise BadTextError(f"symbol {plain(text, 60)!r} holds a blank")
        return text
    raise BadTextError(f"no symbol: {plain(text, 60)!r}")


def narrow(text: str) -> str:
    """Return a symbol for a screen: characters outside printable ASCII as ``?`` and their code.

    >>> narrow("币USDT")
    '?5E01USDT'
    """
    if text.isascii():
        return plain(text)
    return "".join(letter if " " <= letter <= "~" else f"?{ord(letter):04X}" for letter in text)


def hint(word: str, known: Iterable[str]) -> str:
    """Return a question naming the nearest of the known words, or nothing where none is near.

    >>> hint("theem", ["theme", "fps"])
    ": did you mean 'theme'?"
    """
    import difflib  # a millisecond that only a mistake needs

    near = difflib.get_close_matches(word, list(known), 1)
    return f": did you mean {near[0]!r}?" if near else ""
