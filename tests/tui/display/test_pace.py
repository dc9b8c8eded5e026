from itertools import count

from liqtui.tui.display.pace import LATE_S, LEAST, MOST, Pace


def test_one_piece_is_on_its_way_at_a_time() -> None:
    pace = Pace()
    assert pace.room(0.0)
    pace.sent(500, 0.0)
    assert pace.room(0.1) == 0
    assert pace.room(0.1, urgent=True) == 0
    pace.answered(0.11)
    assert pace.room(0.11)


def _after(pace: Pace, speed: float, delay: float, pieces: int = 50) -> int:
    """Return the room after full pieces on a link of so many bytes a second."""
    now = 0.0
    for _ in range(pieces):
        pace.sent(64, now)  # what a key changes
        pace.answered(now + delay)
        now += 1.0
        room = pace.room(now)
        pace.sent(room, now)
        now += delay + room / speed
        pace.answered(now)
    return pace.room(now)


def test_pieces_become_what_a_slow_link_takes_in_a_blink() -> None:
    room = _after(Pace(), 32_000, 0.05)
    assert 0.4 * LATE_S <= room / 32_000 <= 2 * LATE_S
    assert _after(Pace(), 300, 0.05) == LEAST


def test_far_away_is_not_slow() -> None:
    assert _after(Pace(), 1e9, 0.4) == MOST


def test_little_that_goes_quickly_does_not_make_pieces_larger() -> None:
    pace = Pace()
    before = pace.room(0.0)
    for now in range(20):
        pace.sent(50, float(now))
        pace.answered(now + 0.001)
    assert pace.room(30.0) == before


def test_a_terminal_that_never_answers_is_waited_for_once() -> None:
    pace = Pace()
    pace.sent(500, 0.0)
    assert pace.room(1.0) == 0
    assert pace.room(3.0)
    pace.sent(500, 3.0)
    assert pace.room(3.0)


def test_a_terminal_that_stopped_answering_is_asked_more_rarely() -> None:
    pace = Pace()
    pace.sent(500, 0.0)
    pace.answered(0.1)
    waits, now = [], 1.0
    for _ in range(3):
        pace.sent(500, now)
        waits.append(next(wait for wait in count(1) if pace.room(now + wait)))
        now += waits[-1]
    assert waits == [2, 4, 8]
    pace.answered(now)
    pace.sent(500, now)
    assert pace.room(now + 2.0)


def test_an_answer_nobody_waits_for_is_no_answer() -> None:
    pace = Pace()
    pace.answered(1.0)
    assert pace.room(1.0)


def test_a_limit_holds_over_time_but_not_for_what_is_urgent() -> None:
    pace, sent = Pace(1000.0), 0
    for tenth in range(600):
        now = tenth / 10
        if pace.room(now):
            pace.sent(500, now)
            pace.answered(now + 0.01)
            sent += 500
    assert 60_000 <= sent <= 66_000
    pace.sent(5000, 60.0)
    pace.answered(60.01)
    assert pace.room(60.1) == 0
    assert pace.room(60.1, urgent=True)


def test_what_is_sent_is_counted_over_some_seconds() -> None:
    pace = Pace()
    assert pace.per_second(0.0) == (0.0, 0.0)
    for now in range(10):
        pace.sent(1000, float(now))
    frames, size = pace.per_second(9.0)
    assert 0.9 <= frames <= 1.4
    assert size == 1000.0 * frames
    assert pace.per_second(60.0) == (0.0, 0.0)
