"""The courier: a thread of its own that takes alerts in, keeps them on disk and sends them.

Nobody waits for it: the core thread hands an alert over and goes on, however slow a disk or a
receiver is. Each sink has a route of its own, with its own order, pace and back-off.

A letter is on the disk within milliseconds and stays until its sink has said what came of it. It
reaches a receiver twice only where the answer to the first time never came or was never written
down: the connection or the process ended in between. Both have the same id.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from liqtui.clock import Clock
from liqtui.delivery import outbox
from liqtui.delivery.letter import Letter, letter
from liqtui.delivery.outbox import Outbox
from liqtui.delivery.outlets import Outlet
from liqtui.delivery.route import Route
from liqtui.feeds.backoff import Uniform
from liqtui.feeds.timing import Timing
from liqtui.lock import Lock, holder
from liqtui.model.alert import Alert
from liqtui.model.market import FeedState
from liqtui.model.snapshot import SINKS, FeedHealth
from liqtui.model.text import plain

_LOG = logging.getLogger(__name__)
LOCK_NAME: Final = "alerts.lock"
"""In the state directory; held by the one process of a user that sends."""
_HELD: Final = 1000
"""Alerts that may wait for the disk."""
_AGAIN_S: Final = 2.0
"""Seconds between two tries to get the lock, or to write to a disk that is full."""
_GRACE_S: Final = 0.8
"""Seconds that tries under way have in the end."""
_PATIENT: Final = Timing()


class Courier:
    """Sends alerts, while it holds the lock; begun with `start` or `accompany`.

    Args:
        outlets: where to; names differ.
        directory: of lock, queue and dead letters; made already.
        clock: of tries.
        random: of jitter.
        source: of the alerts, as in `letter`.
        timing: of the back-off.
    """

    def __init__(
        self,
        outlets: Sequence[Outlet],
        directory: Path,
        clock: Clock,
        random: Uniform,
        source: str = "live",
        timing: Timing = _PATIENT,
    ) -> None:
        self._outlets = outlets
        self._directory = directory
        self._clock = clock
        self._random = random
        self._source = source
        self._timing = timing
        self._taken: deque[tuple[Letter, list[str]]] = deque()
        self._lost = 0
        self._routes: tuple[Route, ...] = ()
        self._idle: tuple[FeedHealth, ...] = ()
        """Shown while nothing can be sent."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    # Called from any thread, never blocking.

    def tell(self, alert: Alert) -> None:
        """Take an alert that is to be sent."""
        wanted = [outlet.name for outlet in self._outlets if outlet.wants(alert)]
        if not wanted:
            return
        if len(self._taken) >= _HELD:
            self._taken.popleft()
            self._lost += 1
        self._taken.append((letter(alert, self._source), wanted))
        self._wake()

    def health(self) -> tuple[FeedHealth, ...]:
        """Return how each sink is doing."""
        return self._idle or tuple(route.health for route in self._routes)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    async def accompany(self) -> None:
        """Begin with whoever runs this, and never end by itself."""
        self.start()
        await asyncio.Event().wait()

    def stop(self, timeout: float = 1.2) -> bool:
        """Write down what was taken, let tries under way end; return whether it was in time."""
        self._stopped = True
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _wake(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it closed a moment ago
                self._loop.call_soon_threadsafe(self._woken.set)

    # The courier's own thread.

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # nobody joins this thread to hear of it
            _LOG.exception("the courier ended")
            self._shown(FeedState.DOWN, f"the courier ended: {type(error).__name__}")

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            kept = self._opened(stack)
            while kept is None and not self._stopped:
                await self._rest(_AGAIN_S)
                kept = self._opened(stack)
            if kept is not None:
                await self._work(kept)

    def _opened(self, stack: contextlib.ExitStack) -> Outbox | None:
        """Return the queue, with the lock held; None where it cannot be had now."""
        path = self._directory / LOCK_NAME
        try:
            lock = Lock.taken(path)
            if lock is not None:
                stack.enter_context(lock)
                return stack.enter_context(outbox.opened(self._directory))
            self._taken.clear()  # whoever holds it tells of the same
            self._shown(FeedState.CONNECTING, f"sent by another liqtui (process {holder(path)})")
        except (OSError, sqlite3.Error) as error:
            stack.close()
            self._shown(FeedState.DOWN, f"nothing can be sent: {error}")
        return None

    async def _work(self, kept: Outbox) -> None:
        self._routes = tuple(
            Route(one, kept, self._directory, self._clock, self._random, self._timing)
            for one in self._outlets
        )
        self._idle = ()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(route.run()) for route in self._routes]
            await self._take_in(kept)
            for route in self._routes:
                route.end()
            await asyncio.wait(tasks, timeout=_GRACE_S)
            for task in tasks:
                task.cancel()

    async def _take_in(self, kept: Outbox) -> None:
        """Write down what is told, until stopped."""
        while not self._stopped or self._taken:
            if not self._taken:
                await self._rest(None)
                continue
            told, sinks = self._taken.popleft()
            try:
                kept.put(told, sinks, self._clock.now())
            except sqlite3.Error as error:
                self._taken.appendleft((told, sinks))
                reason = f"{len(self._taken)} alerts not written to disk, {self._lost} lost"
                self._shown(FeedState.DOWN, f"{reason}: {error}")
                if self._stopped:
                    return
                await self._rest(_AGAIN_S)
            else:
                self._idle = ()
                for route in self._routes:
                    route.wake()

    async def _rest(self, seconds: float | None) -> None:
        """Wait, or until there is something new."""
        self._woken.clear()
        if self._stopped or (seconds is None and self._taken):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _shown(self, state: FeedState, reason: str) -> None:
        if not self._idle or self._idle[0].reason != reason:
            _LOG.warning("%s", reason)
            now = self._clock.now()
            told = plain(reason)
            self._idle = tuple(
                FeedHealth(SINKS, one.name, state, told, now) for one in self._outlets
            )
