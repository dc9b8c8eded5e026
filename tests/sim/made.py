"""Things that happened, for encoders to encode."""

from liqtui.model.market import Side, Taker
from liqtui.sim.wire import (
    SECOND,
    Bar,
    Book,
    Contract,
    Interest,
    Liquidated,
    Marked,
    Settled,
    Ticker,
    Traded,
    Wire,
)

AT = 1_791_565_602_120_000_000
HOUR = 3600 * SECOND


def contract(wire: Wire, symbol: str) -> Contract:
    """Find a contract by its symbol."""
    return next(one for one in wire.contracts if one.symbol == symbol)


def liquidated(
    of: Contract, side: Side = Side.LONG, quantity: float = 0.19, at: int = AT, price: float = 8e4
) -> Liquidated:
    """Close a position: 0.1 per cent from the trigger, 0.4 from bankruptcy."""
    sign = -1 if side is Side.LONG else 1
    return Liquidated(
        of, side, quantity, price, price * (1 + sign * 0.004), price * (1 + sign * 0.001), at
    )


def traded(of: Contract, taker: Taker = Taker.SELL, quantity: float = 0.25, at: int = AT) -> Traded:
    """Trade at 80,000."""
    return Traded(of, taker, 80_000.0, quantity, at, 26_129)


def bars(of: Contract, count: int, price: float = 80_000.0) -> list[Bar]:
    """Make minutes, each one dollar above the last, that end at a whole hour."""
    first = AT - AT % HOUR - count * 60 * SECOND
    return [
        Bar(
            of, 60, price + n, price + n + 3, price + n - 2, price + n + 1, 5.0, 3.0, 7,
            first + n * 60 * SECOND,
        )
        for n in range(count)
    ]  # fmt: skip


def ticker(of: Contract, at: int = AT, mark: float = 80_000.0, oi: float = 1234.5) -> Ticker:
    """Say everything of a contract."""
    marked = Marked(of, mark, mark - 5, 0.0001, AT - AT % HOUR + 2 * HOUR, at)
    day = Bar(
        of, 86_400, mark * 0.98, mark * 1.02, mark * 0.97, mark, 90.0, 50.0, 7, at - 24 * HOUR
    )
    return Ticker(marked, Interest(of, oi, mark, at), mark + 3, mark - 100, day)


def book(of: Contract, minutes: int = 60) -> Book:
    """Remember an hour of a contract."""
    made = bars(of, minutes)
    interest = [Interest(of, 1000.0 + n, 80_000.0, bar.at) for n, bar in enumerate(made)]
    settled = [Settled(of, 0.0001, 80_000.0, AT - AT % HOUR - n * 8 * HOUR) for n in (2, 1, 0)]
    return Book(
        ticker(of), made, interest, settled, [liquidated(of, at=made[-1].at + n) for n in range(2)]
    )


def books(wire: Wire) -> dict[str, Book]:
    """Remember an hour of every contract."""
    return {one.symbol: book(one) for one in wire.contracts}
