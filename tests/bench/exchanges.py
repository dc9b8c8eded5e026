"""The simulated exchanges in a process of their own, and liqtui's feeds and engine on them."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from liqtui.clock import SystemClock
from liqtui.composition import chosen
from liqtui.core import Core
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.runtime import live
from liqtui.settings import Settings

LOOK: Final = 0.1
"""Seconds between two looks at something that is waited for."""
_PATIENCE: Final = 300.0
"""Seconds for all feeds to be live and the past to be read."""

Hosts: TypeAlias = Mapping[str, Mapping[str, str]]


class Told(Struct, frozen=True, kw_only=True):
    """What a process of exchanges says of itself: see ``liqtui serve --json``."""

    control: int
    venues: dict[str, dict[str, str]]


class Exchanges:
    """Running exchanges.

    Args:
        told: where they are.
        talk: to their control.
    """

    def __init__(self, told: Told, talk: socket.socket) -> None:
        self.hosts = told.venues
        self._file = talk.makefile("rwb")

    def ask(self, *words: str) -> dict[str, Any]:
        """Say a line and return what is answered."""
        self._file.write(" ".join(words).encode() + b"\n")
        self._file.flush()
        answer: dict[str, Any] = msgspec.json.decode(self._file.readline())
        return answer


@contextmanager
def talking(told: Told) -> Iterator[Exchanges]:
    """Connect to the control of exchanges that run."""
    with socket.create_connection(("127.0.0.1", told.control)) as talk:
        yield Exchanges(told, talk)


@contextmanager
def served(*words: str) -> Iterator[Exchanges]:
    """Run ``liqtui serve`` with these further words."""
    line = [sys.executable, "-m", "liqtui", "serve", "--json", "--attached", *words]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = msgspec.json.decode(process.stdout.readline(), type=Told)
        try:
            with talking(told) as market:
                yield market
        finally:
            process.terminate()


@contextmanager
def reading(hosts: Hosts) -> Iterator[Core]:
    """Run the feeds and the engine on exchanges, once all is live and the past is read."""
    settings = Settings()
    core = live(settings, chosen(settings, hosts), SystemClock(), Random(7).random)
    core.start()
    try:
        until(lambda: whole(core.snapshot().feeds) and not core.snapshot().progress, _PATIENCE)
        yield core
    finally:
        core.stop()


def whole(feeds: Sequence[FeedHealth]) -> bool:
    """Tell whether all feeds, and any, are live."""
    return bool(feeds) and all(feed.state is FeedState.LIVE for feed in feeds)


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition; `AssertionError` if it does not come in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came"
        time.sleep(LOOK)
