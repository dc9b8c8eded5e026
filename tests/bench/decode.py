"""Decoding and normalising, beside bare decoders of the same bytes."""

import json
from collections.abc import Callable
from statistics import geometric_mean, median

import orjson

from tests.bench.frames import Channel, Frame, channels
from tests.bench.measure import interleaved
from tests.bench.report import Row


def run() -> list[Row]:
    """Measure every channel of every venue."""
    found = sorted(channels().items(), key=lambda pair: str(pair[0]))
    rows = [_row(channel, frames) for channel, frames in found]
    subscribed = [
        row for (channel, _), row in zip(found, rows, strict=True) if not channel.captured
    ]
    return [*rows, *_summary("all", rows), *_summary("as we subscribe", subscribed)]


def _row(channel: Channel, frames: list[Frame]) -> Row:
    times = interleaved(
        {
            "ours": _normalised(frames),
            "orjson": _bare(frames, orjson.loads),
            "json": _bare(frames, json.loads),
        }
    )
    size = round(median(len(frame.body) for frame in frames))
    return Row(
        str(channel),
        times.median("ours") / len(frames) * 1e9,
        "ns/frame",
        times.ratio("orjson", to="ours"),
        "x the speed of orjson",
        note=f"{times.ratio('json', to='ours'):.1f}x json.loads; {_distinct(frames)} x {size} B",
    )


def _normalised(frames: list[Frame]) -> Callable[[], None]:
    calls = [(frame.receive, frame.body, frame.seen) for frame in frames]

    def work() -> None:
        for receive, body, seen in calls:
            for _ in receive(body, seen):
                pass

    return work


def _bare(frames: list[Frame], loads: Callable[[bytes], object]) -> Callable[[], None]:
    bodies = [frame.body for frame in frames]

    def work() -> None:
        for body in bodies:
            loads(body)

    return work


def _distinct(frames: list[Frame]) -> int:
    return len({frame.body for frame in frames})


def _summary(which: str, rows: list[Row]) -> list[Row]:
    ratios = {row.name: row.ratio for row in rows if row.ratio}
    worst = min(ratios, key=lambda name: ratios[name])
    of, unit = "x the speed of orjson", "channels"
    return [
        Row(f"mean, {which}", len(rows), unit, geometric_mean(ratios.values()), of, ">= 1.0"),
        Row(f"worst, {which}", len(rows), unit, ratios[worst], of, ">= 0.75", note=worst),
    ]
