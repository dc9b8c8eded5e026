"""A row of the tape, with what it was made of."""

from typing import Final

from liqtui.model.records import Kept
from liqtui.model.snapshot import Evidence, TapeRow

_KEPT: Final = 480
"""Bytes of a message kept with each row."""


def tape_row(kept: Kept, number: int, tag: str, message: bytes = b"") -> TapeRow:
    """Return the row of a liquidation.

    Args:
        kept: it, and what was known of it.
        number: counts all rows.
        tag: the venue's; empty: made of its name.
        message: what it came in; empty: not known.
    """
    event, instrument = kept.event, kept.event.instrument
    return TapeRow(
        number=number,
        venue=instrument.venue,
        tag=tag or instrument.venue[:3].upper(),
        base=instrument.base,
        symbol=instrument.symbol,
        side=event.side,
        price=event.price,
        price_kind=event.price_kind,
        quantity=event.quantity,
        notional=event.notional,
        coverage=instrument.coverage,
        at=event.at,
        quarantined=kept.doubt,
        cluster=kept.cluster,
        evidence=_evidence(kept, message),
    )


def _evidence(kept: Kept, message: bytes) -> Evidence:
    event, instrument = kept.event, kept.event.instrument
    return Evidence(
        market=instrument.market,
        quote=instrument.quote,
        contract_size=instrument.contract_size,
        contract_unit=instrument.contract_unit,
        scale=instrument.scale,
        seen=event.seen,
        sampling=instrument.sampling,
        mark=kept.mark,
        oi_usd=kept.oi_usd,
        raw=around(message, instrument.symbol),
    )


def around(message: bytes, symbol: str) -> bytes:
    """Return a message, or of a long one the part that begins shortly before a symbol."""
    if len(message) <= _KEPT:
        return message
    start = max(0, message.find(symbol.encode()) - _KEPT // 4)
    return message[start : start + _KEPT]
