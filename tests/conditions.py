"""Waiting for conditions, never for time."""

import asyncio
import time
from collections.abc import Callable

LIMIT = 60.0
"""Seconds after which a condition counts as never coming, on a machine however busy."""


def until(condition: Callable[[], object]) -> None:
    """Wait in a thread until ``condition`` holds.

    Raises:
        AssertionError: it did not come.
    """
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "the condition never came"
        time.sleep(0.002)


async def becomes(condition: Callable[[], object]) -> None:
    """Wait in a loop until ``condition`` holds; `TimeoutError` if it does not come."""
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.002)
