import asyncio
import operator
from functools import partial

import pytest

from liqtui.sim import trouble
from liqtui.sim.faults import FAULTS
from tests.conditions import becomes
from tests.sim.stage import stage


def test_every_trouble_is_a_fault() -> None:
    assert {fault for fault, _ in trouble.TROUBLES.values()} <= FAULTS.keys()


@pytest.mark.parametrize("name", trouble.TROUBLES)
async def test_one_exchange_after_the_other_has_it(name: str) -> None:
    fault, argument = trouble.TROUBLES[name]
    able = ["binance", "bybit"] if name == "geoblock" else ["binance", "bybit", "gate", "okx"]
    async with stage() as on:
        task = asyncio.ensure_future(trouble.make(on.servers, name, rest=0.001, lasting=0.02))
        try:
            for venue in (*able, able[0]):
                await becomes(partial(operator.contains, on[venue].faults, fault))
                assert argument in {"", on[venue].faults.text(fault)}
                others = [one for one in on.servers.exchanges.values() if one is not on[venue]]
                assert not any(other.faults.on() for other in others)
        finally:
            task.cancel()
