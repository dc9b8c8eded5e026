import sqlite3
import stat
from pathlib import Path

import pytest

from liqtui.delivery import outbox
from liqtui.delivery.letter import Letter
from liqtui.delivery.outbox import FILE_NAME, WAITING, Outbox, Standing


def named(number: int) -> Letter:
    return Letter(f"alert_{number}", b'{"n":%d}' % number)


def waiting(box: Outbox, sink: str = "a") -> list[str]:
    found = []
    while (first := box.first(sink)) is not None:
        found.append(first.letter.id)
        box.sent(sink, first.number, 9, "ok")
    return found


def test_order_is_kept_for_each_sink_alone(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        for number in range(5):
            box.put(named(number), ["a", "b"] if number % 2 else ["a"], 1)
        assert waiting(box, "a") == [f"alert_{n}" for n in range(5)]
        assert waiting(box, "b") == ["alert_1", "alert_3"]


def test_the_same_letter_is_taken_in_once_even_after_it_was_sent(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(named(1), ["a"], 1)
        box.put(named(1), ["a"], 2)
        assert waiting(box) == ["alert_1"]
        box.put(named(1), ["a"], 3)
        assert box.first("a") is None


def test_what_was_put_is_there_after_a_restart(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(named(1), ["a"], 7)
        first = box.first("a")
        assert first is not None
        box.failed("a", first.number, 8, "HTTP 500", 10)
    with Outbox(tmp_path) as box:
        again = box.first("a")
        assert again is not None
        assert (again.letter, again.since, again.tries) == (named(1), 7, 1)
        assert box.standing("a") == Standing(1, 8, 10, "HTTP 500", failed=8, waiting=1)


def test_the_oldest_are_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WAITING", 3)
    with Outbox(tmp_path) as box:
        for number in range(5):
            box.put(named(number), ["a"], 1)
        assert box.standing("a").dropped == 2
        assert waiting(box) == ["alert_2", "alert_3", "alert_4"]
    assert WAITING >= 100


def test_the_dead_can_be_tried_anew_in_their_order(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        for number in range(3):
            box.put(named(number), ["a"], 1)
        for _ in range(2):
            first = box.first("a")
            assert first is not None
            box.died("a", first.number, 5, "HTTP 404", tried=True)
        assert box.standing("a").dead == 2
        assert box.standing("a").failures == 2
        assert box.revive("a", 6) == 2
        assert box.standing("a").failures == 0
        assert waiting(box) == ["alert_0", "alert_1", "alert_2"]


def test_a_success_ends_the_failures(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(named(1), ["a"], 1)
        first = box.first("a")
        assert first is not None
        box.failed("a", first.number, 2, "HTTP 500", 3)
        box.sent("a", first.number, 4, "HTTP 200")
        own = box.standing("a")
    assert (own.failures, own.due, own.succeeded, own.sent, own.waiting) == (0, 0, 4, 1, 0)
    assert (own.failed, own.told) == (2, "HTTP 500")


def test_another_process_may_look_and_let_the_dead_be_tried_anew(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box, Outbox(tmp_path) as other:
        box.put(named(1), ["a"], 1)
        assert other.sinks() == ["a"]
        assert [(one.sink, one.state, one.letter) for one in other.newest(5)] == [
            ("a", "waiting", named(1))
        ]
        box.died("a", 1, 2, "HTTP 404", tried=True)
        assert other.revive("a", 3) == 1
        assert waiting(box) == ["alert_1"]


def test_it_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(named(1), ["a"], 1)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_broken_one_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with outbox.opened(tmp_path) as box:
        box.put(named(1), ["a"], 1)
        assert waiting(box) == ["alert_1"]
    assert (tmp_path / "outbox.broken").read_bytes().startswith(b"no database")


def test_one_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(sqlite3.DatabaseError, match="newer"):
        outbox.opened(tmp_path)


def test_what_has_ended_is_not_kept_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_ENDED", 2)
    with Outbox(tmp_path) as box:
        for number in range(5):
            box.put(named(number), ["a"], 1)
        waiting(box)
        assert [one.letter.id for one in box.newest(9)] == ["alert_4", "alert_3"]
        assert box.standing("a").sent == 5
