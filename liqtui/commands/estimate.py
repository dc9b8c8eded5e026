"""``liqtui estimate``: events in, estimated maps out."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Final

from liqtui.commands import UsageError
from liqtui.estimator import Estimator, Exposure, Remarking
from liqtui.estimator.heard import Heard
from liqtui.estimator.methods import CALIBRATED, MODEL, UnknownMethodError, make, names
from liqtui.estimator.past import in_order
from liqtui.estimator.publication import line
from liqtui.model.events import Candle, Event, FeedStatus, Gap, MarketEvent, MarkPrice, OpenInterest
from liqtui.model.reading import BadLineError, Reader
from liqtui.store import journal
from liqtui.store.market import Market

_NS: Final = 1_000_000_000
_SILENCE: Final = 86_400 * _NS
"""Through a longer one no maps are written: a clock that jumped would ask for millions."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("file", metavar="EVENTS", help="lines of `liqtui decode` (.gz too), or -")
    parser.add_argument("--base", required=True, help="the coin, such as BTC")
    parser.add_argument("--archive", action="store_true",
                        help="what `liqtui watch` kept of the time before comes first")  # fmt: skip
    parser.add_argument("--every", type=int, default=600, metavar="SECONDS", help="between maps")
    parser.add_argument(
        "--method",
        default=MODEL,
        help=f"one of {', '.join(names())}; +cal after it: calibrated on what fired",
    )
    parser.add_argument(
        "--kind",
        choices=("standing", "fire"),
        default="standing",
        help="what stands, or what is expected to fire where it is touched",
    )


def run(args: argparse.Namespace) -> int:
    """Write the maps of a recording; return the exit code."""
    if args.every < 1:
        raise UsageError("--every takes whole seconds, 1 or more")
    method = args.method
    if args.kind == "fire" and not method.endswith(CALIBRATED):
        method += CALIBRATED
    try:
        estimator = make(method)
    except UnknownMethodError as error:
        raise UsageError(f"{error}; there are {', '.join(names())}, each also with +cal") from error
    estimation = Estimation(args.base, estimator, args.every * _NS, args.method, args.kind)
    before = _kept(args.base) if args.archive else None
    try:
        with journal.opened(args.file) as file:
            for found in estimation.maps(journal.lines(file), before):
                sys.stdout.buffer.write(found + b"\n")
    except journal.JournalError as error:
        raise UsageError(str(error)) from error
    estimation.report(sys.stderr)
    return 1 if estimation.unreadable else 0


def _kept(base: str) -> Callable[[int], list[MarketEvent]]:
    """Return what reads the past of a coin before a time (UTC ns) from the archive.

    Raises:
        UsageError: there is none that can be read.
    """
    import sqlite3

    from liqtui import paths
    from liqtui.archive import reader, schema

    try:
        archive = reader.Reader(paths.data_dir() / schema.FILE_NAME)
    except (schema.ArchiveError, sqlite3.Error) as error:
        raise UsageError(f"--archive: {error}") from error

    def read(until: int) -> list[MarketEvent]:
        kept = archive.liquidations(0, base=base)
        past: list[MarketEvent] = [one.event for one in kept if not one.doubt]
        for instrument in archive.instruments(base):
            past += archive.past(instrument, 0, (), until)
        archive.close()
        return in_order(event for event in past if event.at < until)

    return read


class Estimation:
    """One run over the events of one base.

    Args:
        base: the coin.
        estimator: fresh.
        period: ns between two maps.
        method: as it is called in the maps.
        kind: ``standing`` or ``fire``.
    """

    def __init__(
        self, base: str, estimator: Estimator, period: int, method: str, kind: str
    ) -> None:
        self._base = base
        self._estimator = estimator
        self._period = period
        self._method = method
        self._kind = kind
        self._market = Market()
        self._heard = Heard([estimator])
        self._now = 0
        self._due = 0
        self._counts = {"events": 0, "lines of no event": 0, "bad lines": 0, "maps": 0}
        self._complaint = ""

    @property
    def unreadable(self) -> bool:
        """Whether nothing was an event of all there was to read."""
        return bool(self._counts["bad lines"]) and not self._counts["events"]

    def maps(
        self,
        lines: Iterator[bytes],
        before: Callable[[int], Iterable[MarketEvent]] | None = None,
    ) -> Iterator[bytes]:
        """Apply lines in their order; yield the map of each due time before the first line later.

        Args:
            lines: of the wire, without their newlines.
            before: returns what comes first: events before the time of the first line (UTC ns).
        """
        reader = Reader()
        for raw in lines:
            try:
                event = reader.read(raw)
            except BadLineError as error:
                self._counts["bad lines"] += 1
                self._complaint = self._complaint or str(error)
                continue
            if event is None:
                self._counts["lines of no event"] += 1
                continue
            if before is not None:
                for past in before(event.at):
                    self._take(past)
                before = None
            yield from self._until(event.seen or event.at)
            self._take(event)

    def _until(self, now: int) -> Iterator[bytes]:
        if now <= self._now:
            return
        if self._due == 0 or now - self._now > _SILENCE:
            self._due = -(-now // self._period) * self._period
        while self._due < now:
            yield from self._map(self._due)
            self._due += self._period
        self._now = now

    def _map(self, at: int) -> Iterator[bytes]:
        price, exposure = self._market.base(self._base).price, self._estimator.exposure()
        if price is not None and exposure is not None:
            self._counts["maps"] += 1
            yield self._line(at, price, exposure)

    def _line(self, at: int, price: float, exposure: Exposure) -> bytes:
        return line(at, self._base, price, self._method, self._kind, exposure)

    def _take(self, event: Event) -> None:
        self._counts["events"] += 1
        if isinstance(event, FeedStatus | Gap):
            self._heard.take(event)
            return
        instrument = event.instrument
        if instrument.base == self._base and instrument.in_dollars:
            if isinstance(event, MarkPrice | OpenInterest | Candle):
                self._market.apply(event)
            self._estimator.update(event)

    def report(self, err: IO[str]) -> None:
        """Say what was read, and why the last map cannot be trusted if it cannot."""
        summary = ", ".join(f"{count} {what}" for what, count in self._counts.items() if count)
        print(f"{self._base}: {summary or 'no lines'}", file=err)
        listening = self._estimator
        remark = listening.remark() if isinstance(listening, Remarking) else ""
        for said in (self._complaint, listening.warming(), remark):
            if said:
                print(f"  {said}", file=err)
