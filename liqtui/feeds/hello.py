"""How a collector and its clients meet: on a Unix socket, with one line of JSON each way.

The client's first line says which service it wants and in which protocol::

    {"service": "events", "protocol": 1}

``events`` are lines of the public wire from then on, for anyone; ``screen`` is the border of
`liqtui.feeds.frames`; ``status`` is the answer alone.
"""

import os
import socket
import struct
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from liqtui.feeds.frames import shape
from liqtui.model.text import plain

PROTOCOL: Final = 1
LONGEST_LINE: Final = 4096
PATIENCE: Final = 10.0
"""Seconds that one side may keep the other waiting for its first line."""
Service: TypeAlias = Literal["events", "screen", "status"]


class BusError(Exception):
    """A socket that cannot be opened, or an answer that cannot be used, and why."""


class BusyError(BusError):
    """A collector that has not answered yet, as while it reads the past on a busy machine."""


class Hello(Struct, frozen=True):
    """What a client says first."""

    service: Service
    protocol: int
    shape: int = 0
    """Of a screen: what its frames mean, see `liqtui.feeds.frames.shape`."""


class Welcome(Struct, frozen=True, tag="welcome"):
    """What a collector says of itself."""

    pid: int
    version: str
    since: int
    """UTC ms of its start."""
    viewers: int = 0
    """Screens attached."""
    readers: int = 0
    """Clients that read events."""
    watched: tuple[str, ...] = ()
    """Coins whose map it estimates."""
    protocol: int = PROTOCOL
    shape: int = 0
    """See `Hello`."""


class Refused(Struct, frozen=True, tag="refused"):
    """Why a client is not served."""

    reason: str


def hello(service: Service) -> bytes:
    """Return the first line of a client."""
    return msgspec.json.encode(Hello(service, PROTOCOL, shape())) + b"\n"


def read_hello(line: bytes, version: str) -> Hello:
    """Return what a client says first.

    Args:
        line: as it came.
        version: of this program, for one that is told that his is another.

    Raises:
        BusError: it cannot be served; told in words for its user.
    """
    try:
        said = msgspec.json.decode(line, type=Hello)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        told = f'the first line must be like {{"service": "events", "protocol": {PROTOCOL}}}'
        raise BusError(f"{told}: {plain(str(error))}") from error
    if said.protocol != PROTOCOL or (said.service == "screen" and said.shape != shape()):
        raise BusError(_other(version, os.getpid()))
    return said


def _other(version: str, pid: int) -> str:
    told = f"the collector (liqtui {version}, pid {pid}) is of another version"
    return f"{told}: start it or this anew"


def read_answer(line: bytes) -> Welcome:
    """Return what a collector answers.

    Raises:
        BusError: it refuses, or is none.
    """
    try:
        said = msgspec.json.decode(line, type=Welcome | Refused)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BusError("whoever answers is no collector of this version") from error
    if isinstance(said, Refused):
        raise BusError(plain(said.reason))
    return said


def check_peer(connection: socket.socket) -> None:
    """Let nobody in whom the directory should have kept out.

    Raises:
        BusError: the other side is another user's.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:  # only Linux tells so; elsewhere the modes have to do
        return
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, option, size))
    if uid != os.getuid():
        raise BusError(f"the other side of the socket is user {uid}")


def opened(path: Path) -> socket.socket | None:
    """Return a connection to whoever listens there; None where nobody does.

    Raises:
        BusError: somebody else does.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(os.fspath(path))
        check_peer(connection)
    except BusError:
        connection.close()
        raise
    except OSError:  # no such file, nobody listens, a path too long to be one
        connection.close()
        return None
    return connection


def status(path: Path) -> Welcome | None:
    """Ask the collector at a path how it is; None where there is none.

    Raises:
        BusyError: it may, later.
        BusError: it does not serve us.
    """
    connection = opened(path)
    if connection is None:
        return None
    with connection, connection.makefile("rb") as answer:
        try:
            connection.sendall(hello("status"))
            return read_answer(answer.readline(LONGEST_LINE))
        except TimeoutError as error:
            raise BusyError(f"the collector has not answered for {PATIENCE:.0f} s") from error
        except OSError as error:
            raise BusError(f"the collector does not answer: {error}") from error


def for_screens(path: Path) -> Welcome | None:
    """Return what the collector at a path says of itself, None where there is none.

    Raises:
        BusError: it cannot serve a screen of this program.
    """
    said = status(path)
    if said is not None:
        check_screens(said)
    return said


def check_screens(said: Welcome) -> None:
    """Make sure that what a collector sends means the same here.

    Raises:
        BusError: it does not.
    """
    if said.protocol != PROTOCOL or said.shape != shape():
        raise BusError(_other(said.version, said.pid))
