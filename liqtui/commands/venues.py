"""``liqtui venues``: what each venue publishes, market by market."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from liqtui import venues

_COLUMNS: Final = (
    "venue",
    "market",
    "liquidations",
    "open_interest",
    "funding",
    "tiers",
    "history",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--json", action="store_true", help="one object a line and market")


def run(args: argparse.Namespace) -> int:
    """Print the matrix; return the exit code."""
    rows = list(_rows())
    if args.json:
        for row in rows:
            line = msgspec.json.encode(dict(zip(_COLUMNS, row, strict=True)))
            print(line.decode())
    else:
        titles = [column.replace("_", " ").upper() for column in _COLUMNS]
        print("\n".join(_aligned([titles, *rows])))
    return 0


def _rows() -> Iterator[list[str]]:
    for name in venues.names():
        for market in venues.load(name).capabilities:
            yield [name, *(getattr(market, column) for column in _COLUMNS[1:])]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
