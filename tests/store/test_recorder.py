import errno
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liqtui import paths
from liqtui.protocol.raw import Raw
from liqtui.store import recorder as module
from liqtui.store import segments
from liqtui.store.recorder import Deck, Limits, Recorder
from liqtui.store.segments import Recording
from tests.conditions import LIMIT, until
from tests.making import START, at

URL = "wss://toy.example/ws"
HOUR = 3_600_000_000_000


def raw(seconds: float, body: bytes = b"{}", conn: str = "a#1", url: str = URL) -> Raw:
    return Raw("toy", conn, "in", url, at(seconds), body)


def read(folder: Path) -> list[Raw]:
    return list(Recording(str(folder), pytest.fail).raws())


def recording(folder: Path, limits: Limits, told: list[str]) -> Recorder:
    return Recorder(folder, START, told.append, limits=limits)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that answers once this is set."""
    answered = threading.Event()

    def made(folder: Path) -> Path:
        answered.wait(LIMIT)
        return paths.made(folder)

    monkeypatch.setattr(module, "made", made)
    yield answered
    answered.set()


def test_what_is_taken_is_read_again(tmp_path: Path) -> None:
    lines = [
        Raw("toy", "a#1", "open", URL, START),
        Raw("toy", "a#1", "out", URL, START, b"subscribe"),
        raw(1, b'{"p": 1.50}'),
        raw(2, b"\xff\x00"),
        Raw("toy", "rest", "in", "https://toy.example/x", at(3), b"[]", 200, {"X-Used": "7"}),
        Raw("toy", "a#1", "close", URL, at(4)),
    ]
    told: list[str] = []
    recorder = recording(tmp_path / "new", Limits(), told)
    for line in lines:
        recorder.take(line)
    assert recorder.stop(LIMIT)
    assert read(tmp_path / "new") == lines
    state = recorder.told()
    assert (state.since, state.lines, state.dropped, state.over) == (START, 6, 0, True)
    (path,) = (tmp_path / "new").iterdir()
    assert state.size == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert told == []


def test_lines_can_be_read_before_it_is_stopped(tmp_path: Path) -> None:
    recorder = recording(tmp_path, Limits(), [])
    recorder.take(raw(0))
    until(lambda: recorder.told().lines == 1)
    cut: list[str] = []
    assert list(Recording(str(tmp_path), cut.append).raws()) == [raw(0)]
    assert len(cut) == 1
    assert recorder.stop(LIMIT)


@pytest.mark.parametrize("limits", [Limits(span=60_000_000_000), Limits(size=1, span=HOUR)])
def test_another_segment_follows_by_time_and_by_size(tmp_path: Path, limits: Limits) -> None:
    recorder = recording(tmp_path, limits, [])
    recorder.take(raw(0))
    until(lambda: recorder.told().lines == 1)
    recorder.take(raw(61))
    recorder.take(raw(60.9))  # the answer to a question that was asked before
    until(lambda: recorder.told().lines == 3)
    recorder.take(raw(-HOUR / 1e9))  # the clock was put back
    assert recorder.stop(LIMIT)
    assert [line.seen for line in read(tmp_path)] == [START, at(61), at(60.9), at(-3600)]
    names = [segment.path.name for segment in segments.segments(tmp_path)]
    assert names == [
        "000001-20260921T141400.000Z.jsonl.gz",
        "000002-20260921T141501.000Z.jsonl.gz",
        "000003-20260921T131400.000Z.jsonl.gz",
    ]


def test_a_segment_is_told_how_its_connections_began(tmp_path: Path) -> None:
    recorder = recording(tmp_path, Limits(span=60_000_000_000), [])
    opened = [Raw("toy", "a#1", "open", URL, START), raw(1, b"snapshot"), raw(5.5, b"delta")]
    others = [
        Raw("toy", "b#1", "open", URL, START),
        raw(1, b"gone", conn="b#1"),
        Raw("toy", "b#1", "close", URL, at(20)),
        raw(0, b"[]", "rest", "https://toy.example/x"),
    ]
    for line in (*opened, *others, raw(30, b"later"), raw(61, b"delta"), raw(122, b"delta")):
        recorder.take(line)
    assert recorder.stop(LIMIT)
    found = Recording(str(tmp_path), pytest.fail)
    assert [list(found.openings(number)) for number in range(3)] == [[], opened, opened]
    assert recorder.told().size == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert len(read(tmp_path)) == 10


def test_nobody_waits_for_a_disk_and_what_is_lost_is_told(
    tmp_path: Path, stuck: threading.Event
) -> None:
    recorder = recording(tmp_path, Limits(waiting=2000), [])
    for number in range(100):
        recorder.take(raw(number, b"x" * 244))
        recorder.take(raw(number, b"x" * 244, "rest", "https://toy.example/x"))
    assert recorder.told().dropped == 195
    stuck.set()
    until(lambda: recorder.told().lines == 5)
    recorder.take(raw(200))
    recorder.take(raw(201))
    assert recorder.stop(LIMIT)
    lines = read(tmp_path)
    hole = lines[5]
    assert (hole.conn, hole.direction, hole.seen) == ("a#1", "close", at(3))
    assert b"too slow" in hole.body
    assert [line.seen for line in lines[6:]] == [at(200), at(201)]


def test_a_full_disk_ends_it_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    recorder = recording(tmp_path, Limits(), told)
    recorder.take(raw(0))
    until(lambda: recorder.told().lines == 1)
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=1, f_frsize=4096))
    until(lambda: recorder.told().over)
    recorder.take(raw(1))
    assert told == ["recording ended: No space left on device"]
    cut: list[str] = []
    assert list(Recording(str(tmp_path), cut.append).raws()) == [raw(0)]
    assert recorder.stop(LIMIT)


def test_a_write_that_fails_halfway_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(FileIO):
        def write(self, data: Any) -> int:
            if self.tell() >= 40:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(memoryview(data)[:40])

    monkeypatch.setattr(module, "FileIO", Full)
    told: list[str] = []
    recorder = recording(tmp_path, Limits(), told)
    for number in range(50):
        recorder.take(raw(number, b"%d" % number**9))
    until(lambda: recorder.told().over)
    assert told == ["recording ended: No space left on device"]
    assert list(Recording(str(tmp_path), told.append).raws()) == []
    assert "cut off" in told[1]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    told: list[str] = []
    recorder = recording(tmp_path / "file" / "journal", Limits(), told)
    until(lambda: recorder.told().over)
    assert "ended" in told[0]


def test_a_killed_recorder_loses_nothing_that_it_said_was_on_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.store.recording", str(tmp_path / "a")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for said in child.stdout:
            if int(said) > 3000:
                break
        child.send_signal(signal.SIGKILL)
        said = [said, *child.stdout][-1]
    cuts: list[str] = []
    found = [line.body for line in Recording(str(tmp_path / "a"), cuts.append).raws()]
    numbers = [int(re.findall(rb'"n":(\d+)}', body)[0]) for body in found]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= int(said)
    assert len(cuts) <= 1


def test_a_deck_records_when_it_is_told_to(tmp_path: Path) -> None:
    told: list[str] = []
    deck = Deck(tmp_path)
    deck.take(raw(0))
    assert deck.told() is None
    assert deck.end() == "nothing is recorded"
    folder = tmp_path / "journals" / "20260921T141400Z"
    assert deck.begin(START, told.append) == f"recording into {folder}"
    deck.take(raw(1))
    assert "already" in deck.begin(at(9), told.append)
    until(lambda: (state := deck.told()) is not None and state.lines == 1)
    assert deck.end(LIMIT).startswith("recorded 1 lines, 0.0 MB, into ")
    deck.take(raw(2))
    assert deck.told() is None
    assert read(folder) == [raw(1)]
    assert told == []


def test_a_deck_whose_disk_is_full_can_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    deck = Deck(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=1, f_frsize=4096))
        deck.begin(START, told.append)
        until(lambda: deck.told() is None)
    until(lambda: told == ["recording ended: No space left on device"])
    assert "recording into" in deck.begin(at(1), told.append)
    deck.take(raw(1))
    deck.end(LIMIT)
    assert read(tmp_path / "journals" / "20260921T141401Z") == [raw(1)]
