"""What is traded in a made-up market, and how each exchange's customers trade it."""

from typing import Final

from msgspec import Struct

from liqtui.sim.wire import Contract


class Coin(Struct, frozen=True):
    """What is traded, and how wildly."""

    base: str
    price: float
    interest: float
    """Open interest over all venues, USD."""
    beta: float
    """Per cent it moves with each per cent of the market."""
    own: float
    """What it moves by itself, in units of the market's noise."""


COINS: Final = (
    Coin("BTC", 84_260.0, 15.2e9, 1.0, 0.15),
    Coin("ETH", 2_612.0, 7.4e9, 1.15, 0.5),
    Coin("SOL", 118.40, 2.6e9, 1.3, 0.8),
    Coin("PEPE", 0.00000462, 0.42e9, 1.6, 1.1),
    Coin("币安人生", 0.1183, 0.035e9, 1.2, 1.6),
)
SHARES: Final = {
    "usdm": 0.43, "coinm": 0.05, "linear": 0.22, "inverse": 0.03, "swap": 0.17, "usdt": 0.09,
    "btc": 0.01,
}  # fmt: skip
"""What part of a coin's open interest each market holds; the rest is elsewhere."""


class Custom(Struct, frozen=True):
    """How a market's customers differ from others'."""

    leverage: float
    """Factor on what they dare."""
    turnover: float
    """What market makers trade a day, in units of open interest."""
    basis: float
    """What they pay above the index when longs crowd, as a fraction; negative: below it."""


CUSTOMS: Final = {
    "usdm": Custom(1.0, 1.9, 4e-4), "coinm": Custom(0.7, 1.0, 2e-4),
    "linear": Custom(1.2, 1.6, 4e-4), "inverse": Custom(0.8, 0.7, 2e-4),
    "swap": Custom(0.9, 1.5, 5e-4), "usdt": Custom(1.3, 2.2, 6e-4), "btc": Custom(0.9, 0.5, 2e-4),
}  # fmt: skip


def coin(base: str) -> Coin:
    """Return a coin by its name.

    Raises:
        StopIteration: nobody trades it.
    """
    return next(one for one in COINS if one.base == base)


def share(contract: Contract) -> float:
    """Return what part of its coin's open interest a contract holds."""
    rest = 0.25 if contract.inverse and contract.market == "swap" else 1.0
    return SHARES[contract.market] * rest
