"""Telling a thing once: on and off at different levels, a pause between, louder only if doubled."""

from msgspec import Struct

_DOUBLED = 2.0


class Latch(Struct, frozen=True):
    """What was told of one thing."""

    at: int | None = None
    """UTC ns of the last alert; None: never."""
    level: float = 0.0
    """What was measured then."""
    on: bool = False


def turned(
    latch: Latch, value: float, on: float, off: float, now: int, pause: int
) -> tuple[Latch, bool]:
    """Take in a measurement; return the latch after it and whether to tell.

    It is told when the value reaches ``on``, and again only when the value has doubled, or when
    it has been below ``off`` in between and the pause is over.

    Args:
        latch: before.
        value: measured now, 0 or more.
        on: from where on it is told.
        off: below this it is over; at most ``on``.
        now: UTC ns.
        pause: nanoseconds from one telling to the next that says no more than it.

    >>> latch, told = turned(Latch(), 5.0, 4.0, 2.0, 0, 60)
    >>> told, turned(latch, 9.0, 4.0, 2.0, 1, 60)[1], turned(latch, 10.0, 4.0, 2.0, 1, 60)[1]
    (True, False, True)
    """
    if value < off:
        return (Latch(latch.at, latch.level) if latch.on else latch), False
    if value < on:
        return latch, False
    resting = latch.on or (latch.at is not None and now - latch.at < pause)
    if resting and value < _DOUBLED * latch.level:
        return latch, False
    return Latch(now, value, on=True), True
