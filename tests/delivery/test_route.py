"""One sink after the other: faults that stay its own, what is held, and quiet hours."""

import json
from pathlib import Path
from random import Random

import pytest

from liqtui.clock import ManualClock
from liqtui.delivery import route
from liqtui.delivery.courier import Courier
from liqtui.delivery.hours import Hours
from liqtui.delivery.letter import Letter, letter
from liqtui.delivery.outbox import Outbox
from liqtui.delivery.outlets import Outlet
from liqtui.delivery.sink import Outcome
from liqtui.settings import SinkSettings
from tests.conditions import until
from tests.delivery.receiver import START, alert
from tests.delivery.test_courier import FAST, QUICK, Heard, given, ids, row
from tests.making import at


class Broken:
    """A sink with a fault of its own."""

    async def send(self, sent: Letter) -> Outcome:
        raise RuntimeError("https://hooks.example/hunter22")


def test_a_fault_of_one_sink_ends_no_other_and_tells_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard()
    made = given(
        tmp_path,
        Outlet("broken", SinkSettings(per_minute=FAST), Broken),
        Outlet("well", SinkSettings(per_minute=FAST), lambda: heard),
    )
    made.start()
    made.tell(alert(1))
    until(lambda: heard.ids and row(made).reason)
    assert made.stop(20.0)
    assert "RuntimeError" in row(made).reason
    assert "hunter22" not in caplog.text + row(made).reason


def test_what_was_told_at_the_very_end_is_sent_at_the_next_start(tmp_path: Path) -> None:
    heard = Heard()
    made = given(tmp_path, Outlet("well", SinkSettings(per_minute=0.1), lambda: heard))
    made.start()
    for number in range(1, 21):
        made.tell(alert(number))
    assert made.stop(20.0)
    again = given(tmp_path, Outlet("well", SinkSettings(per_minute=FAST), lambda: heard))
    again.start()
    until(lambda: len(heard.ids) >= 20)
    assert again.stop(20.0)
    assert heard.ids == ids(*range(1, 21))


def test_more_than_can_be_held_drops_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqtui.delivery.courier._HELD", 3)
    heard = Heard()
    made = given(tmp_path, Outlet("well", SinkSettings(per_minute=FAST), lambda: heard))
    for number in range(1, 6):
        made.tell(alert(number))
    made.start()
    until(lambda: len(heard.ids) == 3)
    assert made.stop(20.0)
    assert heard.ids == ids(3, 4, 5)


def test_a_clock_that_was_set_back_stops_nothing(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(letter(alert(1)), ["well"], START)
        first = box.first("well")
        assert first is not None
        box.failed("well", first.number, START + 3600 * 10**9, "HTTP 500", START + 7200 * 10**9)
    heard = Heard()
    opened = [Outlet("well", SinkSettings(), lambda: heard)]
    made = Courier(opened, tmp_path, ManualClock(START), Random(1).random, timing=QUICK)
    made.start()
    until(lambda: heard.ids)
    assert made.stop(20.0)


def test_what_comes_in_quiet_hours_is_one_letter_when_they_end_even_over_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_LOOK_S", 0.01)
    clock, heard = ManualClock(at(0)), Heard()  # 14:14 UTC
    night = Hours("14:10-15:10", "utc")
    phone = Outlet("phone", SinkSettings(per_minute=FAST, give_up_s=60.0), lambda: heard, night)

    def began() -> Courier:
        made = Courier([phone], tmp_path, clock, Random(1).random, timing=QUICK)
        made.start()
        return made

    with Outbox(tmp_path) as box:
        box.put(letter(alert(1)), ["phone"], at(-3600))  # it waited for another reason
    first = began()
    for number in (2, 3):
        first.tell(alert(number))
    until(lambda: row(first).reason == "quiet until 15:10, 3 waiting")
    assert first.stop(20.0)
    second = began()
    clock.advance(3360)  # 15:10
    until(lambda: row(second).frames == 1)
    second.tell(alert(4))
    until(lambda: row(second).frames == 2)
    assert second.stop(20.0)
    assert [json.loads(one.body).get("held") for one in heard.letters] == [ids(1, 2, 3), None]
    assert heard.ids[1:] == ids(4)
    with Outbox(tmp_path) as box:
        states = {one.letter.id: one.state for one in box.newest(9)}
    assert states == {
        **dict.fromkeys(ids(1, 2, 3), "summed"), **dict.fromkeys(heard.ids, "sent"),
    }  # fmt: skip


def test_a_single_one_of_the_night_comes_as_it_is(tmp_path: Path) -> None:
    with Outbox(tmp_path) as box:
        box.put(letter(alert(1)), ["phone"], at(0))
    heard, night = Heard(), Hours("14:10-15:10", "utc")
    opened = [Outlet("phone", SinkSettings(give_up_s=60.0), lambda: heard, night)]
    made = Courier(opened, tmp_path, ManualClock(at(3600)), Random(1).random, timing=QUICK)
    made.start()
    until(lambda: row(made).frames == 1)
    assert made.stop(20.0)
    assert heard.ids == ids(1)
