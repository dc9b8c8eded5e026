"""Scenarios of feeds that fail: the exchanges have one fault in turn, while the market goes on."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from itertools import cycle
from typing import Final

from liqtui.sim.faults import FaultError
from liqtui.sim.servers import Servers

TROUBLES: Final[Mapping[str, tuple[str, str]]] = {
    "stall": ("stall", ""),
    "outage": ("outage", ""),
    "storm": ("storm", ""),
    "skew": ("skew", "7"),
    "geoblock": ("geoblock", ""),
    "rate-limit": ("rate-limit", ""),
}
"""By scenario, the fault and its argument."""
REST: Final = 30.0
"""Seconds before and between two."""
LASTING: Final = 60.0
"""Seconds of each."""


async def make(servers: Servers, name: str, rest: float = REST, lasting: float = LASTING) -> None:
    """Let one exchange after the other have a scenario's fault, until cancelled.

    Args:
        servers: that run.
        name: of the scenario.
        rest: seconds without it.
        lasting: seconds with it.
    """
    fault, argument = TROUBLES[name]
    for exchange in cycle(servers.exchanges.values()):
        await asyncio.sleep(rest)
        with suppress(FaultError):  # some exchanges do not know some troubles
            exchange.switch(fault, argument)
            await asyncio.sleep(lasting)
            exchange.clear(fault)
