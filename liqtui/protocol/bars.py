"""The steps in which a past is told."""

from typing import Final

FINE: Final = 300
"""Seconds between two counts of a past that is looked at closely."""


def span(step: int) -> str:
    """Return how venues call bars of a length.

    >>> span(60), span(300), span(14_400)
    ('1m', '5m', '4h')
    """
    return f"{step // 60}m" if step < 3600 else f"{step // 3600}h"
