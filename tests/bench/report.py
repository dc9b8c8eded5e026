"""What a benchmark says: rows, printed beside the last run's and kept for the next."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

_WIDTHS: Final = (44, 18, 30, 20, 5, 0)
RESULTS: Final = Path(__file__).parent / "results"


class Row(Struct, frozen=True):
    """One figure, with its reference taken in the same run."""

    name: str
    value: float | None
    """None: it could not be measured; the note says why."""
    unit: str
    ratio: float | None = None
    of: str = ""
    """What the ratio is of: ``x the speed of orjson``."""
    goal: str = ""
    note: str = ""


class _Run(Struct):
    rows: list[Row]
    load: float
    """The machine's load average: how far to trust the run."""


def tell(bench: str, rows: Iterable[Row]) -> None:
    """Print a benchmark's rows, each as soon as it is known, and keep them."""
    file = RESULTS / f"{bench}.json"
    before = {row.name: row for row in _last(file)}
    load = os.getloadavg()[0]
    print(f"\n{bench} (load {load:.1f} on {os.cpu_count()} cores)", flush=True)
    found: list[Row] = []
    for row in rows:
        found.append(row)
        cells = zip(_cells(row, before.get(row.name)), _WIDTHS, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip(), flush=True)
    RESULTS.mkdir(exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(_Run(found, load))))


def _last(file: Path) -> list[Row]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Run).rows
    except (FileNotFoundError, msgspec.MsgspecError):
        return []


def _cells(row: Row, before: Row | None) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}{row.of}"
    goal = row.goal and f"goal {row.goal}"
    value = "not measured" if row.value is None else f"{row.value:,.4g} {row.unit}"
    return row.name, value, ratio, goal, _change(row, before), row.note


def _change(row: Row, before: Row | None) -> str:
    """Say how a row differs from the last run's: of ratios, where there are any: noise cancels."""
    if before is None or before.value is None or row.value is None:
        return "new"
    now, then = (
        (row.ratio, before.ratio) if row.ratio and before.ratio else (row.value, before.value)
    )
    return f"{now / then - 1.0:+.0%}" if then else ""
