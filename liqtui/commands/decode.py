"""``liqtui decode``: raw lines in, events out."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from typing import IO

from liqtui.model import wire
from liqtui.model.text import plain
from liqtui.protocol.items import (
    Ack,
    Closing,
    Item,
    Malformed,
    Pong,
    Rejected,
    Reply,
    Unknown,
)
from liqtui.store import journal
from liqtui.store.reading import Reader
from liqtui.store.segments import Recording
from liqtui.venues import UnknownVenueError, load, shipped

_SHOWN_COMPLAINTS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("venue", metavar="VENUE", help="a venue's name: see `liqtui venues`")
    parser.add_argument("journal", nargs="*", default=["-"], metavar="JOURNAL",
                        help="raw lines (.gz too), folders of `liqtui record`, or -")  # fmt: skip
    parser.add_argument("--market", default="", help="decides where url and symbol do not")
    parser.add_argument("--instruments", metavar="FILE", help="REST bodies to read first")
    parser.add_argument("--strict", action="store_true", help="exit 1 if anything was malformed")


def run(args: argparse.Namespace) -> int:
    """Decode the journals, one after the other; return the exit code."""
    try:
        venue = load(args.venue)
    except UnknownVenueError as error:
        print(f"liqtui decode: {error}", file=sys.stderr)
        return 2
    if args.market and args.market not in venue.markets:
        known = ", ".join(venue.markets)
        print(f"liqtui decode: no market {args.market!r}: there are {known}", file=sys.stderr)
        return 2
    decoding = Decoding(args.venue, Reader(venue, shipped(args.venue), args.market))
    try:
        if args.instruments:
            decoding.take(args.instruments, None)
        for path in args.journal:
            decoding.take(path, sys.stdout.buffer)
    except journal.JournalError as error:
        print(f"liqtui decode: {error}", file=sys.stderr)
        return 2
    decoding.report(sys.stderr)
    return 1 if args.strict and decoding.counts["malformed"] else 0


class Decoding:
    """One run over raw lines of one venue, and what it met."""

    def __init__(self, venue: str, reader: Reader) -> None:
        self._venue = venue
        self._reader = reader
        self.counts: Counter[str] = Counter()
        self._complaints: Counter[str] = Counter()
        self._cuts: list[str] = []

    def take(self, path: str, out: IO[bytes] | None) -> None:
        """Read every line of a journal; write its events to ``out`` unless that is None.

        Raises:
            liqtui.store.journal.JournalError: it cannot be read.
        """
        for line in Recording(path, self._cuts.append).lines():
            self._take(line, out)

    def _take(self, line: bytes, out: IO[bytes] | None) -> None:
        raw = journal.parse(line, self._venue)
        if raw.venue != self._venue:
            self.counts["other venues' lines"] += 1
            return
        self.counts["lines"] += 1
        self._write(self._reader.read(raw), out)

    def _write(self, items: Iterable[Item], out: IO[bytes] | None) -> None:
        for item in items:
            match item:
                case Malformed(reason):
                    self._complain("malformed", reason)
                case Unknown(kind):
                    self._complain("unknown", kind)
                case Rejected(topic, reason):
                    self._complain("rejected", f"{topic}: {reason}")
                case Reply() | Ack() | Pong() | Closing():
                    self.counts["control"] += 1
                case event:
                    self.counts["events"] += 1
                    if out is not None:
                        out.write(wire.line(event) + b"\n")

    def _complain(self, what: str, reason: str) -> None:
        self.counts[what] += 1
        self._complaints[f"{what}: {plain(reason)}"] += 1

    def report(self, err: IO[str]) -> None:
        """Say what was read and what could not be."""
        summary = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        print(f"{self._venue}: {summary or 'no lines'}", file=err)
        for complaint, count in self._complaints.most_common(_SHOWN_COMPLAINTS):
            print(f"  {count} x {complaint}", file=err)
        for cut in self._cuts:
            print(f"  {plain(cut)}", file=err)
