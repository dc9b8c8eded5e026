"""Arithmetic of stretches of time, as (start, end) in UTC ns."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from liqtui.store.rings import MINUTE

Span: TypeAlias = tuple[int, int]
_STEP: Final = 5 * MINUTE
"""What an exchange's history comes in."""
_APART: Final = 6 * 60 * MINUTE
"""Holes that are nearer to each other are fetched as one: each costs a call or more."""


def joined(spans: Iterable[Span], apart: int = 0) -> list[Span]:
    """Return spans in order, those that touch or are nearly so as one.

    >>> joined([(5, 7), (1, 2), (2, 4)])
    [(1, 4), (5, 7)]
    >>> joined([(5, 7), (1, 2), (2, 4)], apart=1)
    [(1, 7)]
    """
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start - found[-1][1] <= apart:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(whole: Span, held: Iterable[Span]) -> list[Span]:
    """Return what of a span is in none of others.

    >>> without((0, 10), [(2, 4), (9, 12), (3, 5)])
    [(0, 2), (5, 9)]
    """
    return list(_rest(whole, joined(held)))


def _rest(whole: Span, held: list[Span]) -> Iterator[Span]:
    at, end = whole
    for start, stop in held:
        if min(start, end) > at:
            yield at, min(start, end)
        at = max(at, stop)
    if at < end:
        yield at, end


def missing(whole: Span, held: Iterable[Span]) -> list[Span]:
    """Return what is to be fetched of a span: in whole steps of five minutes, few and in order.

    Args:
        whole: what is wanted.
        held: what is known, to the minute.
    """
    return joined([_rounded(span) for span in without(whole, held)], _APART)


def _rounded(span: Span) -> Span:
    return span[0] // _STEP * _STEP, -(-span[1] // _STEP) * _STEP


def overlap(start: int, end: int, spans: Iterable[Span]) -> bool:
    """Tell whether a stretch shares time with any of others."""
    return any(start < stop and begin < end for begin, stop in spans)
