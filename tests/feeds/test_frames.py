import asyncio
import math
import subprocess
import sys
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.feeds import frames
from liqtui.feeds.frames import Ask, BadFrameError, Incoming, Outgoing, asked, asking
from liqtui.model.market import Coverage, PriceKind, Side
from liqtui.model.snapshot import EMPTY, Heatmap, Mark, Snapshot, Tape, TapeRow, read_only
from liqtui.model.view import Reconnect, TapeFilter, View, Watch
from tests.making import START


def row(number: int, usd: float = 1000.0) -> TapeRow:
    return TapeRow(
        number, "toy", "TOY", "BTC", "BTCUSDT", Side.LONG, 100.0, PriceKind.FILL, 1.0, usd,
        Coverage.FULL, START,
    )  # fmt: skip


def tape(*numbers: int, per_minute: float = 0.0) -> Tape:
    return Tape(tuple(row(number) for number in numbers), 0, len(numbers), per_minute)


def heatmap() -> Heatmap:
    cells = np.arange(6, dtype=np.float32).reshape(2, 3)
    cells[0, 0] = np.nan
    three = read_only(np.arange(3, dtype=np.float32))
    return Heatmap(
        "toy", three, read_only(np.arange(3, dtype=np.int64)), read_only(cells), three,
        (Mark(0, 1, Side.SHORT, 5.0),), three, three, three, 100.0, 0.001, 60,
        bounds=(three, three),
    )  # fmt: skip


def test_a_snapshot_comes_out_as_it_went_in() -> None:
    sent = Snapshot(at=START, heatmap=heatmap(), tape=tape(3, 2, 1), bases=("BTC", "币"), events=9)
    got = Incoming().snapshot(Outgoing().change(sent))
    assert got.heatmap is not None
    assert sent.heatmap is not None
    for name in ("prices", "times", "cells", "trace", "long", "short", "reach"):
        ours, theirs = getattr(sent.heatmap, name), getattr(got.heatmap, name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
        assert not theirs.flags.writeable
    assert got.heatmap.marks == sent.heatmap.marks
    assert (got.at, got.tape, got.bases, got.events) == (sent.at, sent.tape, sent.bases, 9)


def test_what_did_not_change_is_not_sent_and_stays_the_same_object() -> None:
    outgoing, incoming = Outgoing(), Incoming()
    first = incoming.snapshot(outgoing.change(Snapshot(at=1, tape=tape(2, 1), source="replay")))
    payload = outgoing.change(Snapshot(at=2, tape=tape(2, 1), source="replay"))
    assert msgspec.msgpack.decode(payload) == {"at": 2, "kept": 0}
    second = incoming.snapshot(payload)
    assert second.tape is first.tape
    assert (second.at, second.source) == (2, "replay")


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (tape(3, 2, 1), tape(5, 4, 3, 2), 2),
        (tape(3, 2, 1), tape(3, 2, 1, per_minute=7.0), 0),
        (tape(3, 2, 1), tape(4), 1),
        (tape(3, 2, 1), tape(), 0),
        (tape(), tape(2, 1), 2),
        (tape(3, 1), tape(3, 2, 1), 3),
    ],
)
def test_of_the_tape_only_new_rows_are_sent(before: Tape, after: Tape, sent: int) -> None:
    outgoing, incoming = Outgoing(), Incoming()
    incoming.snapshot(outgoing.change(Snapshot(tape=before)))
    payload = outgoing.change(Snapshot(tape=after))
    assert len(msgspec.msgpack.decode(payload)["tape"]["rows"]) == sent
    assert incoming.snapshot(payload).tape == after


def test_a_row_that_changed_is_sent_again() -> None:
    outgoing, incoming = Outgoing(), Incoming()
    incoming.snapshot(outgoing.change(Snapshot(tape=tape(2, 1))))
    changed = Tape((row(3), row(2), row(1, 5.0)))
    assert incoming.snapshot(outgoing.change(Snapshot(tape=changed))).tape == changed


def test_a_map_that_is_gone_is_gone() -> None:
    outgoing, incoming = Outgoing(), Incoming()
    assert incoming.snapshot(outgoing.change(Snapshot(heatmap=heatmap()))).heatmap is not None
    assert incoming.snapshot(outgoing.change(EMPTY)).heatmap is None


def forged(**changes: object) -> bytes:
    """A heatmap with a field replaced."""
    whole = msgspec.msgpack.decode(Outgoing().change(Snapshot(heatmap=heatmap())))
    whole["heatmap"].update(changes)
    return msgspec.msgpack.encode(whole)


@pytest.mark.parametrize(
    "array",
    [
        [[4], b"\0" * 12],
        [[-3], b"\0" * 12],
        [[1, 1, 3], b"\0" * 12],
        [[3.0], b"\0" * 12],
        [[True], b"\0" * 4],
        ["<f4", [3], b"\0" * 12],
        b"\0" * 12,
    ],
)
def test_an_array_must_have_the_bytes_of_its_shape(array: object) -> None:
    assert Incoming().snapshot(forged(trace=[[3], b"\0" * 12])).heatmap
    with pytest.raises(BadFrameError):
        Incoming().snapshot(forged(trace=array))


@pytest.mark.parametrize("kept", [-1, 1, 10**6])
def test_rows_that_were_never_sent_cannot_be_kept(kept: int) -> None:
    payload = msgspec.msgpack.encode({"kept": kept, "tape": {}})
    with pytest.raises(BadFrameError):
        Incoming().snapshot(payload)


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_read_or_refused(payload: bytes) -> None:
    for read in (asked, Incoming().snapshot):
        with suppress(BadFrameError):
            read(payload)


@pytest.mark.parametrize(
    "ask",
    [
        Ask(view=View(base="ETH", venues=frozenset({"toy"}), tape=TapeFilter(words=("!x",)))),
        Ask(command=Watch("SOL")),
        Ask(command=Reconnect()),
    ],
)
def test_what_is_asked_for_arrives(ask: Ask) -> None:
    assert asked(asking(ask)) == ask


@pytest.mark.parametrize(
    "view",
    [
        View(columns=-1),
        View(rows=10**6),
        View(columns=10_000, rows=10_000),
        View(columns=1000, rows=1000, bins_per_row=1000),
        View(centre=math.nan),
        View(centre=-1.0),
        View(tape_rows=10**9),
        View(base="B" * 1000),
        View(floor=math.inf),
    ],
)
def test_absurd_views_are_refused(view: View) -> None:
    with pytest.raises(BadFrameError):
        asked(asking(Ask(view=view)))


async def test_a_frame_that_is_too_long_is_not_read() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(frames.framed(b"abc") + (2**31).to_bytes(4, "big"))
    assert await frames.read(reader, 3) == b"abc"
    with pytest.raises(BadFrameError, match="2147483648 bytes"):
        await frames.read(reader, 3)


async def test_a_frame_cut_off_is_an_end() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(frames.framed(b"abc")[:-1])
    reader.feed_eof()
    with pytest.raises(EOFError):
        await frames.read(reader, 3)


def test_the_shape_is_the_same_in_every_process() -> None:
    code = "from liqtui.feeds.frames import shape; print(shape())"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONPATH": ".", "PYTHONHASHSEED": seed},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert told == {f"{frames.shape()}\n"}
