"""The border between two processes: what a screen asks for, and snapshots, changes only.

A frame is its length (4 bytes, big-endian) and msgpack. A snapshot is sent as the fields that
differ from the last one sent; of the tape only the rows that are new at its head. An array is
its shape and bytes: what they are bytes of, the receiver knows from the field's type.
"""

import asyncio
import zlib
from enum import Enum
from functools import cache
from math import prod
from typing import Any, Final, get_args

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from liqtui.model import alert, market, snapshot, view
from liqtui.model.snapshot import EMPTY, Snapshot, Tape
from liqtui.model.view import Command, View

LONGEST: Final = 1 << 25
"""Bytes of a frame with a snapshot, at most."""
LONGEST_ASK: Final = 1 << 16
"""Of one with a view or a command."""
_CELLS: Final = 1 << 22
"""Of a map before its bins are summed to rows."""
_HEAD: Final = 4
_FIELDS: Final = tuple(field.name for field in msgspec.structs.fields(Snapshot))


class BadFrameError(ValueError):
    """Bytes that the other side would not send if it were sound, and why."""


class Ask(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a screen wants: to see something, or something done."""

    view: View | None = None
    command: Command | None = None


Change: Final = msgspec.defstruct(
    "Change",
    [
        ("kept", int, 0),
        *((one.name, one.type | UnsetType, UNSET) for one in msgspec.structs.fields(Snapshot)),
    ],
    frozen=True,
    forbid_unknown_fields=True,
)
"""What of a snapshot is new; ``kept``: rows of the tape before that follow those sent."""


@cache
def shape() -> int:
    """Return what is equal where both sides mean the same by a frame."""
    kinds = [kind for module in (alert, market, snapshot, view) for kind in vars(module).values()]
    told = [repr(_parts(kind)) for kind in kinds if isinstance(kind, type)]
    return zlib.crc32("".join(told).encode())


def _parts(kind: type) -> object:
    if issubclass(kind, Struct):
        return kind.__name__, [(one.name, one.type) for one in msgspec.structs.fields(kind)]
    return [member.value for member in kind] if issubclass(kind, Enum) else ""


def framed(payload: bytes) -> bytes:
    """Return a payload with its length before it."""
    return len(payload).to_bytes(_HEAD, "big") + payload


async def read(reader: asyncio.StreamReader, longest: int) -> bytes:
    """Return the next frame's payload.

    Raises:
        BadFrameError: it is longer than it may be.
        EOFError: there is none, or not all of it.
    """
    size = int.from_bytes(await reader.readexactly(_HEAD), "big")
    if size > longest:
        raise BadFrameError(f"a frame of {size} bytes, {longest} at most")
    return await reader.readexactly(size)


def asked(payload: bytes) -> Ask:
    """Read what a screen wants.

    Raises:
        BadFrameError: it is nothing that can be wanted.
    """
    try:
        ask = _read_ask(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadFrameError(str(error)) from error
    wanted = ask.view
    if wanted and wanted.columns * wanted.rows * max(wanted.bins_per_row, 1) > _CELLS:
        raise BadFrameError(f"a map of more than {_CELLS} cells")
    return ask


def asking(ask: Ask) -> bytes:
    """Return the payload that says what a screen wants."""
    return _encode(ask)


class Outgoing:
    """Turns snapshots into payloads for one receiver."""

    def __init__(self) -> None:
        self._last = EMPTY

    def change(self, shot: Snapshot) -> bytes:
        """Return what is new since the last one."""
        last, self._last = self._last, shot
        news = {name: getattr(shot, name) for name in _FIELDS}
        news = {name: value for name, value in news.items() if value != getattr(last, name)}
        kept = 0
        if "tape" in news:
            kept = _kept(shot.tape, last.tape)
            rows = shot.tape.rows
            news["tape"] = replace(shot.tape, rows=rows[: len(rows) - kept])
        return _encode(Change(kept=kept, **news))


class Incoming:
    """Turns payloads back into the snapshots they were made of."""

    def __init__(self) -> None:
        self._last = EMPTY

    def snapshot(self, payload: bytes) -> Snapshot:
        """Return the snapshot; its arrays are read-only, what did not change is the same object.

        Raises:
            BadFrameError: the payload tells of none.
        """
        try:
            change: Any = _read_change(payload)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise BadFrameError(str(error)) from error
        news = {name: getattr(change, name) for name in _FIELDS}
        news = {name: value for name, value in news.items() if value is not UNSET}
        if change.kept:
            news["tape"] = _joined(news.get("tape"), self._last.tape, change.kept)
        self._last = replace(self._last, **news)
        return self._last


def _kept(tape: Tape, last: Tape) -> int:
    """Return how many rows of the last tape follow the new ones, as they were."""
    if not last.rows:
        return 0
    newest = last.rows[0].number
    fresh = next((n for n, row in enumerate(tape.rows) if row.number <= newest), len(tape.rows))
    kept = len(tape.rows) - fresh
    return kept if tape.rows[fresh:] == last.rows[:kept] else 0


def _joined(tape: Tape | None, last: Tape, kept: int) -> Tape:
    if tape is None or not 0 <= kept <= len(last.rows):
        raise BadFrameError("rows of a tape that was not sent")
    return replace(tape, rows=tape.rows + last.rows[:kept])


def _plainly(found: object) -> object:
    """Return an array as its shape and bytes."""
    if isinstance(found, np.ndarray):
        return found.shape, found.tobytes()
    raise NotImplementedError(type(found))


def _array(kind: Any, found: Any) -> Any:
    """Return an array of the type that its field has."""
    dtype = np.dtype(get_args(get_args(kind)[1])[0])
    match found:
        case [list(sizes), bytes(data)] if all(type(size) is int and size >= 0 for size in sizes):
            if prod(sizes) * dtype.itemsize == len(data) and len(sizes) <= 2:
                return np.frombuffer(data, dtype).reshape(sizes)
    raise ValueError("an array whose shape is not that of its bytes")


_encode = msgspec.msgpack.Encoder(enc_hook=_plainly).encode
_read_ask = msgspec.msgpack.Decoder(Ask).decode
_read_change = msgspec.msgpack.Decoder(Change, dec_hook=_array).decode
