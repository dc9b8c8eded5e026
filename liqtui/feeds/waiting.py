"""Waiting for a condition, or for a budget to allow."""

import asyncio
from collections.abc import Callable


class News:
    """Wakes who waits for a condition whenever something it may depend on has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Say that something changed."""
        self._event.set()

    async def until(self, condition: Callable[[], object], within: float | None = None) -> None:
        """Return when the condition holds or ``within`` seconds have passed."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._event.clear()
                    await self._event.wait()
        except TimeoutError:
            return


async def until_free(wait: Callable[[], float], news: News | None = None) -> None:
    """Sleep for as long as a budget says, then ask it again: others may have been quicker.

    Args:
        wait: returns seconds; 0: now.
        news: of anything that makes them fewer.
    """
    news = news or News()
    seconds = wait()
    while seconds > 0.0:
        await news.until(lambda: wait() <= 0.0, seconds)
        seconds = wait()
