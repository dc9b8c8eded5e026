"""How volume is printed."""

import numpy as np
import pytest
from numpy.random import default_rng

from liqtui.sim.scenarios import scenario
from liqtui.sim.tape import Tape
from liqtui.sim.terms import Floats, summed
from tests.sim.test_world import CONTRACTS, run, world

PITS = len(CONTRACTS)


@pytest.mark.parametrize("rate", [0.3, 20.0])
def test_what_is_printed_is_what_was_traded_in_whole_lots(rate: float) -> None:
    made = world()
    made.switch(scenario("cascade"))
    tape, rng = Tape(made.terms, default_rng(1)), np.full(PITS, rate)
    bought, sold, told = np.zeros(PITS), np.zeros(PITS), np.zeros((2, PITS))
    for step in run(made, 1200):
        prints = tape.print(step, rng)
        bought, sold = bought + step.bought, sold + step.sold
        lots = prints.units / made.terms.lot[prints.pit]
        assert lots == pytest.approx(np.rint(lots), abs=1e-6)
        assert (np.diff(prints.when) >= 0).all()
        buys = prints.units > 0
        told += _sides(prints.pit, prints.units, buys)
    # What is not printed yet is printed with what comes: little where much is printed.
    for printed, traded in zip(told, (bought, sold), strict=True):
        assert (printed <= traded + made.terms.lot).all()
        if rate > 1:
            assert (np.abs(printed - traded) <= made.terms.lot + 1e-9 * traded).all()


def _sides(pit: np.ndarray, units: Floats, buys: np.ndarray) -> Floats:
    return np.stack((summed(pit[buys], units[buys], PITS), summed(pit[~buys], -units[~buys], PITS)))


def test_prices_lie_between_those_at_the_step_s_ends() -> None:
    made = world()
    tape = Tape(made.terms, default_rng(1))
    for step in run(made, 200):
        prints = tape.print(step, np.full(PITS, 5.0))
        ends = np.stack((step.before.last, step.quotes.last))[:, prints.pit]
        assert (prints.price >= ends.min(axis=0) * (1 - 1e-12)).all()
        assert (prints.price <= ends.max(axis=0) * (1 + 1e-12)).all()


def test_large_orders_are_printed_whole() -> None:
    made = world()
    tape = Tape(made.terms, default_rng(1))
    (step,) = run(made, 20)
    largest = int(np.argmax(np.abs(step.order) * ~made.terms.inverse[step.pit]))
    prints = tape.print(step, np.full(PITS, 1000.0))
    assert step.order[largest] in prints.units[prints.pit == step.pit[largest]]
