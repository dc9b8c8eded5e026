"""An event loop that rests: bursts are read together instead of one wake-up a message.

Market data comes in thousands of small pieces a second; handling forty of them in one wake-up
costs a fifth of handling each on its own, for a delay nobody can see (docs/performance.md 2).
"""

import asyncio
import contextlib
import selectors
import socket
import threading
import time
from typing import Any, Final

REST: Final = 0.02
"""Seconds between two wake-ups that the network may cause."""


class RestedSelector(selectors.DefaultSelector):
    """Lets `REST` pass between two wake-ups for data; a first one is never late.

    Timers are honoured: a rest ends when the loop wants to run. So are sends, which do not wait
    for the selector unless the peer is not reading. Calls from other threads wait for the rest.
    """

    def __init__(self, rest: float = REST) -> None:
        super().__init__()
        self._rest = rest
        self._woke = float("-inf")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for data, at most ``timeout`` seconds, but not before the rest is over."""
        if timeout is None or timeout > 0.0:
            timeout = self._pause(timeout)
        ready = super().select(timeout)
        if ready:
            self._woke = time.monotonic()
        return ready

    def _pause(self, timeout: float | None) -> float | None:
        pause = self._woke + self._rest - time.monotonic()
        if timeout is not None:
            pause = min(pause, timeout)
        if pause <= 0.0:
            return timeout
        time.sleep(pause)
        return None if timeout is None else timeout - pause


class _Loop(asyncio.SelectorEventLoop):
    """A loop that can be closed while a name is still being looked up.

    Its own way is a thread that closing the loop, and even the end of the process, waits for: a
    name server that does not answer would hold up the exit by its timeouts.
    """

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the overridden method's name
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Look up a name in a thread that nobody waits for."""
        found: asyncio.Future[list[Any]] = self.create_future()

        def settle(addresses: list[Any], error: Exception | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        def look_up() -> None:
            addresses, failure = list[Any](), None
            try:
                addresses = socket.getaddrinfo(host, port, family, type, proto, flags)
            except (OSError, UnicodeError) as error:
                failure = error
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self.call_soon_threadsafe(settle, addresses, failure)

        threading.Thread(target=look_up, name="resolver", daemon=True).start()
        return await found


def rested_loop() -> asyncio.AbstractEventLoop:
    """Return a new loop with a resting selector: ``asyncio.Runner(loop_factory=rested_loop)``."""
    return _Loop(RestedSelector())
