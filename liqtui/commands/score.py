"""``liqtui score``: every method over the same events, and how right each was.

Where the truth is given it is scored too, as what nobody can know: the ceiling.
"""

import argparse
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from liqtui import paths
from liqtui.commands import UsageError
from liqtui.estimator import Estimator
from liqtui.estimator.methods import CALIBRATED, MODEL, UnknownMethodError, make, names
from liqtui.estimator.score.board import Score, Scoreboard
from liqtui.estimator.score.oracle import Oracle
from liqtui.model.reading import BadLineError, Reader
from liqtui.model.text import plain
from liqtui.model.truth import BadTruthError, Truth, decode
from liqtui.store import journal

_DEFAULT_HORIZON: Final = 1800
_MS: Final = 1_000_000
_LAST: Final = 60_000_000_000
"""A truth this long (ns) after the last event is still one of the same moment."""
_HEAD: Final = (
    ("method", 24), ("kind", 8), ("h", 5), ("n", 5), ("emd", 6), ("ovl25", 5), ("hit5", 5),
    ("ratio_long", 10), ("ratio_short", 11), ("cover80", 7), ("ig", 6), ("ig_lo", 6),
    ("ig_hi", 6), ("over_best", 9), ("ig_usd", 6), ("ratio_fired", 11), ("rho", 5),
    ("ig_mirrored", 11), ("ig_stale", 8), ("ig_shifted", 10), ("touched", 7),
    ("fired", 5), ("beyond", 6), ("brier", 5), ("n_test", 6),
)  # fmt: skip
"""Columns of the table and their widths; the keys of ``--json``, which has more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument(
        "events", metavar="EVENTS", nargs="*",
        help="lines of events (.gz too), - for stdin; several with --alerts only",
    )  # fmt: skip
    parser.add_argument("--base", required=True, help="the coin, for instance BTC")
    parser.add_argument("--truth", metavar="FILE", help="lines of where positions truly stood")
    parser.add_argument(
        "--method", action="append", metavar="NAME", help="instead of all; repeatable"
    )
    parser.add_argument(
        "--horizon", action="append", type=int, metavar="SECONDS",
        help=f"how long a map is judged for; repeatable (default {_DEFAULT_HORIZON})",
    )  # fmt: skip
    parser.add_argument(
        "--ledger", metavar="FILE",
        help="append every prediction and its score; without EVENTS, read them",
    )  # fmt: skip
    parser.add_argument(
        "--alerts", action="store_true",
        help="judge the alerts that say what comes, not the maps; files count as one",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one object a method and horizon")


def run(args: argparse.Namespace) -> int:
    """Score the methods over EVENTS; return the exit code."""
    if args.alerts:
        if args.truth or args.method or args.horizon or args.ledger:
            raise UsageError("--truth, --method, --horizon and --ledger are for maps, not --alerts")
        from liqtui.commands import trial

        if not args.events:
            raise UsageError("EVENTS are needed to judge alerts")
        return trial.run(args.events, args.base, as_json=args.json)
    if len(args.events) > 1:
        raise UsageError("maps are judged on one file of EVENTS")
    horizons = tuple(args.horizon or (_DEFAULT_HORIZON,))
    if any(seconds < 600 or seconds % 600 for seconds in horizons):
        raise UsageError("--horizon is a multiple of 600 seconds")
    chosen = args.method or [name + cal for name in names() for cal in ("", CALIBRATED)]
    try:
        methods = [make(name) for name in dict.fromkeys(chosen)]
        board, skipped = _scored(args, methods, horizons)
    except UnknownMethodError as error:
        raise UsageError(f"{error}; there are {', '.join(names())}, each also with +cal") from error
    except (journal.JournalError, BadLineError) as error:
        raise UsageError(str(error)) from error
    if skipped:
        print(f"liqtui score: {skipped} lines could not be read", file=sys.stderr)
    scores = [one for one in board.report() if args.events or one.fired.windows]
    rows = [fields(score) | _over_best(board, score, scores) for score in scores]
    show = _print_json if args.json else _print_table
    show(rows)
    return 0


def _scored(
    args: argparse.Namespace, methods: Sequence[Estimator], horizons: tuple[int, ...]
) -> tuple[Scoreboard, int]:
    """Return the board after all lines of events, or of a ledger; and how many were of neither."""
    if not args.events:
        board, named = Scoreboard(args.base, methods, horizons=horizons), args.ledger or "archive"
        lines = _lines(args.ledger) if args.ledger else _archived(args.base)
        if not board.restore(lines):
            raise UsageError(f"{plain(named)}: nothing of {plain(args.base)} is scored there")
        return board, 0
    truths = _truths(args.truth, args.base) if args.truth else []
    oracle = Oracle()
    with _ledger(args.ledger) as write:
        known = (oracle,) if truths else ()
        board = Scoreboard(args.base, methods, known, horizons=horizons, write=write)
        return board, _feed(board, oracle, args.events[0], truths)


def _lines(path: str) -> Iterator[bytes]:
    with journal.opened(path) as file:
        yield from journal.lines(file)


def _archived(base: str) -> Iterator[bytes]:
    """Yield the ledger of live runs."""
    import sqlite3

    from liqtui.archive.reader import Reader
    from liqtui.archive.schema import FILE_NAME, ArchiveError

    try:
        with closing(Reader(paths.data_dir() / FILE_NAME)) as archive:
            yield from archive.ledger(base, 0)
    except (ArchiveError, sqlite3.Error) as error:
        raise UsageError(f"the archive cannot be read: {plain(str(error))}") from error


@contextmanager
def _ledger(path: str | None) -> Iterator[Callable[[bytes], object] | None]:
    if path is None:
        yield None
        return
    try:
        with Path(path).open("ab") as file:
            yield lambda line: file.write(line + b"\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _truths(path: str, base: str) -> list[Truth]:
    """Return a base's true maps in order of time."""
    found: list[Truth] = []
    with journal.opened(path) as file:
        for line in journal.lines(file):
            try:
                truth = decode(line)
            except BadTruthError:
                continue  # other types of line may stand between
            if truth.base == base:
                found.append(truth)
    if not found:
        raise UsageError(f"{plain(path)}: no truth of {plain(base)}")
    return sorted(found, key=lambda truth: truth.ts)


def _feed(board: Scoreboard, oracle: Oracle, path: str, truths: Sequence[Truth]) -> int:
    """Apply every line in file order, each truth before the first line later than it.

    Returns:
        How many lines could not be read.
    """
    reader, now, skipped = Reader(), 0, 0
    waiting = deque(truths)
    with journal.opened(path) as file:
        for line in journal.lines(file):
            try:
                event = reader.read(line)
            except BadLineError:
                skipped += 1
                continue
            if event is None:
                continue
            now = max(now, event.seen or event.at)
            while waiting and now > waiting[0].ts * _MS:
                oracle.tell(waiting[0])
                board.compare(waiting.popleft())
            board.observe(event)
    if skipped and not now:
        raise UsageError(f"{plain(path)}: none of its {skipped} lines is an event")
    for truth in waiting:
        if truth.ts * _MS <= now + _LAST:
            board.compare(truth)
    return skipped


def fields(score: Score) -> dict[str, Any]:
    """Return the object that ``--json`` prints of one method and horizon."""
    stood, fired, touched = score.stood, score.fired, score.touched
    return {
        "method": score.method,
        "kind": "fire" if score.method.endswith(CALIBRATED) else "standing",
        "horizon_s": score.horizon_s,
        "n": fired.windows,
        **msgspec.structs.asdict(stood),
        **{key: value for key, value in msgspec.structs.asdict(fired).items() if key != "windows"},
        **msgspec.structs.asdict(touched),
    }


def _over_best(board: Scoreboard, score: Score, scores: Sequence[Score]) -> dict[str, Any]:
    """Return by how much a method's gain exceeds the best of the other simple ones'."""
    own = (MODEL, Oracle.method, score.method.removesuffix(CALIBRATED))
    rivals = [
        other
        for other in scores
        if other.horizon_s == score.horizon_s
        and other.method.removesuffix(CALIBRATED) not in own
        and other.fired.ig is not None
    ]
    best = max(rivals, key=lambda other: other.fired.ig or 0.0, default=None)
    found = best and board.difference(score.method, best.method, score.horizon_s)
    over = found or (None, None, None)
    keys = ("over_best", "over_best_lo", "over_best_hi")
    return {"best": best.method if best else None, **dict(zip(keys, over, strict=True))}


def _print_json(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        print(msgspec.json.encode(row).decode())


def _print_table(rows: Iterable[dict[str, Any]]) -> None:
    print("  ".join(_fit(name, name, width) for name, width in _HEAD).rstrip())
    for row in rows:
        cells = {**row, "h": f"{row['horizon_s'] / 3600:g}h"}
        print("  ".join(_fit(name, cells[name], width) for name, width in _HEAD).rstrip())


def _fit(name: str, value: object, width: int) -> str:
    """Return a cell; the first two columns to the left, numbers to the right."""
    if isinstance(value, float):
        value = f"{value:.3g}" if abs(value) >= 10 else f"{value:.3f}"
    text = "—" if value is None else str(value)
    return text.ljust(width) if name in {"method", "kind"} else text.rjust(width)
