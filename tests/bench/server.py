"""A server on loopback in a process of its own: the sample's frames, flooded or paced."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Final, TypeAlias

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

Sent: TypeAlias = tuple[int, int]
"""Over which connection, and when: monotonic ns."""
LOCAL: Final = "127.0.0.1"
_TICK: Final = 0.001


class Player:
    """Sends the same frames to each set of clients that comes.

    Args:
        frames: which connection and what, in order.
    """

    def __init__(self, frames: Sequence[tuple[int, bytes]]) -> None:
        self._frames = [(to, Frame(Opcode.TEXT, body).serialize(mask=False)) for to, body in frames]
        self._expected = len({to for to, _ in frames})
        self._open: dict[int, ServerConnection] = {}

    async def admit(self, socket: ServerConnection) -> None:
        """Keep a connection, named by its path, until it ends."""
        assert socket.request is not None
        number = int(socket.request.path.strip("/"))
        self._open[number] = socket
        await socket.wait_closed()
        del self._open[number]

    async def play(self, rate: float) -> list[Sent]:
        """Send all when all are there; ``rate`` is frames a second, 0: as fast as it goes."""
        while len(self._open) < self._expected:
            await asyncio.sleep(_TICK)
        sent: list[Sent] = []
        start = time.monotonic()
        for number, (to, frame) in enumerate(self._frames):
            while rate and number > (time.monotonic() - start) * rate:
                await asyncio.sleep(_TICK)
            # Past the library's own send, which would cost more than what is measured.
            self._open[to].transport.write(frame)
            sent.append((to, time.monotonic_ns()))
        return sent

    async def obey(self, pipe: Pipe) -> None:
        """Tell the port, then play whenever a rate is asked for."""
        async with serve(self.admit, LOCAL, 0, compression=None) as server:
            pipe.send(next(iter(server.sockets)).getsockname()[1])
            while (rate := await asyncio.to_thread(pipe.recv)) is not None:
                # In a thread: nobody reads before the frames have gone through.
                await asyncio.to_thread(pipe.send, await self.play(rate))
                while self._open:
                    await asyncio.sleep(_TICK)


def _main(pipe: Pipe, frames: Sequence[tuple[int, bytes]]) -> None:
    asyncio.run(Player(frames).obey(pipe))


@contextmanager
def serving(frames: Sequence[tuple[int, bytes]]) -> Iterator[tuple[str, Pipe]]:
    """Run the server; yields its base URL and the pipe that takes rates and returns `Sent`."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_main, args=(there, frames))
    process.start()
    try:
        yield f"ws://{LOCAL}:{here.recv()}", here
    finally:
        here.send(None)
        process.join()
