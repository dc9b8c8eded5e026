"""A line of text in, lines of JSON out: faults, counts and the truth of running servers.

    fault VENUE NAME [ARGUMENT]     something goes wrong; VENUE may be `all`
    clear VENUE [NAME]              it is right again
    faults | counts | hosts         what is wrong, was sent, and is served
    truth [SECONDS]                 where positions stand, again and again

An answer is one object with a type: ``done``, ``faults``, ``counts``, ``hosts``, ``truth`` or
``error``. Who says anything else is not talked to any more: it may be a browser.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from inspect import signature
from typing import Any, Final

import msgspec

from liqtui.sim.exchange import Exchange
from liqtui.sim.faults import FaultError, finite
from liqtui.sim.servers import Servers

_LONGEST: Final = 1000
"""Bytes of a line."""
_OFTEN: Final = 0.05
"""Seconds between two tellings of the truth, at least."""


class Control:
    """See the module.

    Args:
        servers: that run.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._talks: set[asyncio.Task[None]] = set()
        self.port = 0
        """Once it runs."""
        self._verbs: Mapping[str, Callable[..., dict[str, Any]]] = {
            "fault": self._fault,
            "clear": self._clear,
            "faults": self._faults,
            "counts": self._counts,
            "hosts": self._hosts,
        }

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator["Control"]:
        """Listen on a port of 127.0.0.1 until the block ends; 0 takes a free one.

        Raises:
            OSError: the port is taken.
        """
        server = await asyncio.start_server(self._meet, "127.0.0.1", port, limit=_LONGEST)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for talk in self._talks:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)
            await server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            # gone, a line that is too long, or the end: whoever started this task asks how it ended
            with suppress(ConnectionError, ValueError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._talks.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            verb, *rest = line.decode(errors="replace").split() or [""]
            if verb == "truth":
                await self._tell_truth(writer, *rest[:1])
            answer = self.answer(verb, *rest)
            writer.write(_line(answer))
            await writer.drain()
            if answer["type"] == "error" and verb not in self._verbs:
                return

    async def _tell_truth(self, writer: asyncio.StreamWriter, every: str = "1") -> None:
        """Tell the truth until the listener goes."""
        wait = max(float(every), _OFTEN) if finite(every) else 1.0
        while True:
            writer.writelines(line + b"\n" for line in self._servers.truth())
            await writer.drain()
            await asyncio.sleep(wait)

    def answer(self, verb: str, *arguments: str) -> dict[str, Any]:
        """Do what a line asks for and return what is answered."""
        if verb not in self._verbs:
            return {"type": "error", "reason": f"there are {', '.join(self._verbs)} and truth"}
        try:
            signature(self._verbs[verb]).bind(*arguments)
        except TypeError as error:
            return {"type": "error", "reason": f"{verb}: {error}"}
        try:
            return self._verbs[verb](*arguments)
        except FaultError as error:
            return {"type": "error", "reason": str(error)}

    def _chosen(self, venue: str) -> list[Exchange]:
        found = self._servers.exchanges
        if venue != "all" and venue not in found:
            raise FaultError(f"no exchange {venue!r}: there are {', '.join(found)}")
        return list(found.values()) if venue == "all" else [found[venue]]

    def _fault(self, venue: str, name: str, argument: str = "") -> dict[str, Any]:
        for exchange in self._chosen(venue):
            exchange.switch(name, argument)
        return {"type": "done"}

    def _clear(self, venue: str, name: str = "") -> dict[str, Any]:
        for exchange in self._chosen(venue):
            exchange.clear(name)
        return {"type": "done"}

    def _faults(self) -> dict[str, Any]:
        found = {name: one.faults.on() for name, one in self._servers.exchanges.items()}
        return {"type": "faults"} | found

    def _counts(self) -> dict[str, Any]:
        found = {
            name: msgspec.to_builtins(one.counts())
            | {"connections": {held.name: held.sent for held in one.connections}}
            for name, one in self._servers.exchanges.items()
        }
        return {"type": "counts"} | found

    def _hosts(self) -> dict[str, Any]:
        found = {name: self._servers.local_hosts(name) for name in self._servers.exchanges}
        return {"type": "hosts"} | found


def _line(answer: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(answer) + b"\n"
