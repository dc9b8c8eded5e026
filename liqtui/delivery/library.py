"""Everything else (Telegram, Discord, Slack, ntfy, e-mail …) through the library Apprise.

It is an extra, ``liqtui[notify]``. Its calls block, so each has a thread of its own; what it logs,
which holds addresses with their secrets, goes nowhere, but its complaints are told, redacted.
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

from liqtui.clock import Clock
from liqtui.delivery.letter import Letter, Message, message
from liqtui.delivery.secret import Redactor, Secret
from liqtui.delivery.sink import Outcome, Verdict
from liqtui.model.text import plain

MODULE: Final = "apprise"
MISSING: Final = "needs the extra `notify`: pip install 'liqtui[notify]'"
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_PASSING: Final = frozenset({"408", "425", "429"})
_UNKNOWN_S: Final = 300.0
"""Seconds between tries of an address that the library does not know: the user has to act."""


def installed() -> bool:
    """Tell whether the library is there, without importing it."""
    return find_spec(MODULE) is not None


class Library:
    """Sends letters as words to one address of the library's.

    Args:
        url: as the library writes addresses: all of it is secret.
        limit: seconds for a try.
        clock: tells how late a letter is.
    """

    def __init__(self, url: Secret, limit: float, clock: Clock) -> None:
        self._url = url
        self._limit = limit
        self._clock = clock
        self._redact = Redactor(url)

    async def send(self, letter: Letter) -> Outcome:
        """Send a letter once."""
        words = message(letter, self._clock.now())
        try:
            async with asyncio.timeout(self._limit):
                return await _aside(lambda: self._sent(words))
        except TimeoutError:
            return Outcome(Verdict.LATER, f"no end after {self._limit:g} s")

    def _sent(self, words: Message) -> Outcome:
        try:
            import apprise
        except ImportError:
            return Outcome(Verdict.LATER, MISSING, _UNKNOWN_S)
        _hush()
        try:
            return self._notified(apprise, words)
        except Exception as error:  # any of its hundred plug-ins may raise anything
            return Outcome(Verdict.LATER, self._clean(f"{type(error).__name__}: {error}"))

    def _notified(self, apprise: Any, words: Message) -> Outcome:
        sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="liqtui"))
        if not sender.add(self._url.reveal()):
            return Outcome(Verdict.LATER, "no address that the library knows", _UNKNOWN_S)
        result = sender.notify(
            body=words.text, title=words.title, body_format=apprise.NotifyFormat.TEXT,
            timeout=self._limit,
        )  # fmt: skip
        if result:
            return Outcome(Verdict.SENT, "taken by the service")
        told = " ".join(entry.message for entry in result.logs())
        verdict = Verdict.REFUSED if _final(told) else Verdict.LATER
        return Outcome(verdict, self._clean(told) or "not taken, without a reason")

    def _clean(self, text: str) -> str:
        return plain(self._redact(text))


def _hush() -> None:
    """Keep what is logged with whole addresses from any log, and from the terminal."""
    log = logging.getLogger(MODULE)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def _final(said: str) -> bool:
    """Tell whether every status in a complaint refuses for good, as for a webhook."""
    found = _STATUS.findall(said)
    return bool(found) and all(code[0] == "4" and code not in _PASSING for code in found)


async def _aside(call: Callable[[], Outcome]) -> Outcome:
    """Return what a blocking call gives, in a thread that nobody waits for in the end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Outcome] = loop.create_future()

    def settle(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        outcome = call()
        with contextlib.suppress(RuntimeError):  # the loop has closed: we left without it
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=work, name="notify", daemon=True).start()
    return await future
