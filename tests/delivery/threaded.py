"""The receiver in a thread of its own, for commands that run to their end."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.delivery.receiver import Receiver, Reply, receiver


@contextmanager
def serving(*script: Reply) -> Iterator[Receiver]:
    """Serve until left."""
    ready, made = threading.Event(), list[Receiver]()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with receiver(*script) as here:
            made.append(here)
            ready.set()
            await ending.wait()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
