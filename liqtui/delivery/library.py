"""Everything else (Telegram, Discord, Slack, ntfy, e-mail …) through the library Apprise.

It is an extra, ``liqtui[notify]``. Its calls block, so each has a thread of its own; of what it
logs, which holds addresses with their secrets, nothing goes on but its complaints, redacted.
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

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


class _Complaints(logging.Handler):
    """Keeps what the library warns of in one thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.told.append(record.getMessage())


class Library:
    """Sends letters as words to one address of the library's.

    Args:
        url: as the library writes addresses: all of it is secret.
        limit: seconds for a try.
    """

    def __init__(self, url: Secret, limit: float) -> None:
        self._url = url
        self._limit = limit
        self._redact = Redactor(url)

    async def send(self, letter: Letter) -> Outcome:
        """Send a letter once."""
        words = message(letter)
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
        log, heard = logging.getLogger(MODULE), _Complaints()
        log.propagate = False
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it warns with whole addresses
        log.addHandler(heard)
        try:
            return self._notified(apprise, words, heard.told)
        except Exception as error:  # any of its hundred plug-ins may raise anything
            return Outcome(Verdict.LATER, self._clean(f"{type(error).__name__}: {error}"))
        finally:
            log.removeHandler(heard)

    def _notified(self, apprise: Any, words: Message, told: list[str]) -> Outcome:
        # In this very thread: it would start others, whose complaints were not heard.
        asset = apprise.AppriseAsset(async_mode=False, app_id="liqtui")
        sender = apprise.Apprise(asset=asset)
        if not sender.add(self._url.reveal()):
            return Outcome(Verdict.LATER, "no address that the library knows", _UNKNOWN_S)
        done = sender.notify(
            body=words.text, title=words.title, body_format=apprise.NotifyFormat.TEXT
        )
        if done:
            return Outcome(Verdict.SENT, "taken by the service")
        said = self._clean(" ".join(told)) or "not taken, without a reason"
        return Outcome(Verdict.REFUSED if _final(said) else Verdict.LATER, said)

    def _clean(self, text: str) -> str:
        return plain(self._redact(text))


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
