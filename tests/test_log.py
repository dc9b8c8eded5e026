import logging
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from liqtui import log
from liqtui.settings import LogSettings
from tests.conditions import LIMIT

OURS = logging.getLogger("liqtui.test")


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    before = logging.getLogger("liqtui").level
    yield
    logging.getLogger("liqtui").setLevel(before)


def lines(directory: Path) -> list[str]:
    return (directory / log.FILE_NAME).read_text(encoding="utf-8").splitlines()


def test_lines_are_written_from_the_level_on(tmp_path: Path) -> None:
    stop = log.start(LogSettings(level="info"), tmp_path / "state")
    OURS.info("seen %s", 1)
    OURS.debug("unseen")
    logging.getLogger("some.library").info("unseen")
    logging.getLogger("some.library").warning("careful")
    stop()
    OURS.info("after the end")
    told = [line.split(" ", 2)[2] for line in lines(tmp_path / "state")]
    assert told == ["INFO liqtui.test: seen 1", "WARNING some.library: careful"]


def test_nothing_in_it_steers_a_terminal(tmp_path: Path) -> None:
    stop = log.start(LogSettings(), tmp_path)
    OURS.warning("a\x1b[2Jb\u202e\nsecond " + "x" * 5000)
    stop()
    first, second = lines(tmp_path)
    assert first.endswith("a\ufffd[2Jb\ufffd")
    assert second.startswith("    second xxx")
    assert len(second) <= 2_004


def test_old_files_are_kept_as_many_as_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_FILE_SIZE", 200)
    stop = log.start(LogSettings(keep=2), tmp_path)
    for number in range(50):
        OURS.info("line %d", number)
    stop()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "liqtui.log",
        "liqtui.log.1",
        "liqtui.log.2",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_stalled_disk_stalls_nobody_and_the_loss_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stalled, disk = threading.Event(), threading.Event()

    def wait(_handler: object, _record: object) -> None:
        stalled.set()
        disk.wait()
        monkeypatch.undo()

    monkeypatch.setattr(logging.handlers.RotatingFileHandler, "emit", wait)
    stop = log.start(LogSettings(), tmp_path, waiting=3)
    OURS.info("stalls")
    assert stalled.wait(LIMIT)
    for number in range(10):
        OURS.info("line %d", number)
    threading.Timer(0.05, disk.set).start()
    stop()  # waits for room in the full queue
    told = [line.rsplit(": ", 1)[1] for line in lines(tmp_path)]
    assert told[-1] == "the disk was too slow"
    assert "line 9" in told
    assert "line 0" not in told
