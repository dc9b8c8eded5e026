"""Silence that is the market's, and silence that is not."""

import random
from collections.abc import Callable, Iterable

from liqtui.feeds.drought import Drought, Flow

SLOT, LEAST = 10.0, 6
ALL = ("a", "b", "c")


class Market:
    """Exchanges that have liquidations in a slot or have none."""

    def __init__(self, *names: str) -> None:
        self.flows = {name: Flow() for name in names or ALL}
        self.drought = Drought(self.flows, SLOT, LEAST, 0.0)
        self.now = 0.0

    def slots(
        self, count: int, wet: Callable[[str, int], bool], live: Iterable[str] = ALL
    ) -> float:
        """Let slots pass; return the seconds of a's silence that should not be."""
        told: dict[str, float] | None = None
        for number in range(count):
            for name, flow in self.flows.items():
                flow.wet = flow.wet or wet(name, number)
            assert self.drought.look(self.now + SLOT / 2, list(live)) is None
            self.now += SLOT
            told = self.drought.look(self.now, list(live))
        assert told is not None
        return told.get("a", 0.0)


def usual(name: str, number: int) -> bool:
    return number % 4 != ALL.index(name)


def but_a(name: str, number: int) -> bool:
    return name != "a" and usual(name, number)


def no_one(_name: str, _number: int) -> bool:
    return False


def test_a_silence_while_the_others_go_on_is_odd_until_it_ends() -> None:
    market = Market()
    assert market.slots(60, usual) == 0.0
    assert market.slots(8, but_a) == 0.0
    assert market.slots(8, but_a) == 160.0
    assert market.slots(1000, no_one) == 10_160.0, "what is odd does not become usual"
    assert market.slots(1, usual, live=("b", "c")) == 0.0
    assert market.slots(2, usual) == 0.0


def test_when_the_others_are_silent_too_it_is_the_market() -> None:
    market = Market()
    market.slots(60, usual)
    assert market.slots(60, no_one) == 0.0


def test_at_an_exchange_with_few_a_long_silence_is_no_surprise() -> None:
    market = Market()
    market.slots(400, lambda name, n: n % 10 == 0 if name == "a" else usual(name, n))
    assert market.slots(60, but_a) == 0.0
    assert market.slots(80, but_a) > 0.0


def test_a_burst_is_not_the_usual() -> None:
    market = Market()
    market.slots(300, lambda name, n: (name != "a" or n % 8 == 0) and usual(name, n + 1))
    market.slots(6, lambda _name, _n: True)
    assert market.slots(20, but_a) == 0.0


def test_nothing_is_usual_at_the_start() -> None:
    market = Market()
    market.slots(20, usual)
    assert market.slots(30, but_a) == 0.0


def test_alone_an_exchange_is_compared_with_nobody() -> None:
    market = Market("a")
    market.slots(60, lambda _name, _n: True, live=("a",))
    assert market.slots(60, no_one, live=("a",)) == 0.0


def test_a_silence_that_has_its_reason_does_not_count() -> None:
    market = Market()
    market.slots(60, usual)
    assert market.slots(60, but_a, live=("b", "c")) == 0.0
    assert market.slots(3, but_a) == 0.0


def test_chance_alone_gives_no_alarm_in_days() -> None:
    draw, market = random.Random(5), Market()
    odds = {"a": 0.3, "b": 0.9, "c": 0.6}
    for _ in range(3 * 24):
        busy = draw.choice([0.3, 1.0, 1.0, 3.0])
        assert market.slots(360, lambda name, _n: draw.random() < odds[name] * busy) == 0.0  # noqa: B023
