"""A webhook: the letter as the body of a signed POST."""

from typing import Final

from liqtui.clock import Clock
from liqtui.delivery import signature
from liqtui.delivery.letter import Letter
from liqtui.delivery.secret import Redactor, Secret
from liqtui.delivery.sink import Outcome, Verdict
from liqtui.feeds import refusal
from liqtui.feeds.rest import Answer, Rest
from liqtui.feeds.timing import Timing

_PASSING: Final = frozenset({408, 425, 429})
"""The refusals of a client that a later try may not meet."""


class Webhook:
    """Posts letters to one address.

    Args:
        url: where to.
        secret: to sign with; None: unsigned.
        timing: its ``call`` is the time for a whole try.
        clock: of timestamps.

    Raises:
        signature.KeyLengthError: the secret is too short.
    """

    def __init__(self, url: Secret, secret: Secret | None, timing: Timing, clock: Clock) -> None:
        self._url = url
        self._key = signature.Key(secret) if secret else None
        self._timing = timing
        self._clock = clock
        self._redact = Redactor(url, *([secret] if secret else []))

    async def send(self, letter: Letter) -> Outcome:
        """Post a letter once."""
        try:
            async with Rest(self._timing) as rest:
                answer = await rest.post(
                    self._url.reveal(), self._headers(letter), letter.body
                )  # fmt: skip
        except refusal.ERRORS as error:
            setback = refusal.of_error(error, self._clock.now(), self._timing)
            return Outcome(Verdict.LATER, self._redact(setback.reason), setback.wait)
        return self._outcome(answer)

    def _headers(self, letter: Letter) -> dict[str, str]:
        seconds = self._clock.now() // 1_000_000_000
        signed = self._key.headers(letter, seconds) if self._key else {}
        return {"Content-Type": "application/json", "webhook-id": letter.id, **signed}

    def _outcome(self, answer: Answer) -> Outcome:
        if 200 <= answer.status < 300:
            return Outcome(Verdict.SENT, f"HTTP {answer.status}")
        now = self._clock.now()
        setback = refusal.of_status(
            answer.status, answer.headers, answer.body, now, self._timing
        )  # fmt: skip
        final = 400 <= answer.status < 500 and answer.status not in _PASSING
        wait = refusal.retry_after(answer.headers.get("retry-after"), now) or 0.0
        verdict = Verdict.REFUSED if final else Verdict.LATER
        return Outcome(verdict, self._redact(setback.reason), wait)
