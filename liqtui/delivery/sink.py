"""What every sink is: it takes a letter and says what came of it."""

from enum import Enum
from typing import Protocol

from msgspec import Struct

from liqtui.delivery.letter import Letter


class Verdict(Enum):
    """What becomes of a letter after a try."""

    SENT = "sent"
    LATER = "later"
    """It may work another time."""
    REFUSED = "refused"
    """It will not, however often it is tried."""


class Outcome(Struct, frozen=True):
    """What came of a try."""

    verdict: Verdict
    told: str
    """What came back, in words that hold no secret."""
    wait: float = 0.0
    """Seconds that the receiver asks to be left alone."""


class Sink(Protocol):
    """Where letters go."""

    async def send(self, letter: Letter) -> Outcome:
        """Try once, within a bounded time; raises nothing that the network can cause."""
