"""``python -m tests.bench [NAME ...]``: run benchmarks, print what they saw.

``recovery``, ``viewers`` and ``sinks`` are run only where they are named: the first takes half an
hour, the second five minutes, the third counts instead of measuring.
"""

import sys
from importlib import import_module
from typing import Final

from tests.bench.report import tell

BENCHES: Final = (
    "decode",
    "sockets",
    "screen",
    "start",
    "estimator",
    "archive",
    "crash",
    "journal",
)


def main(asked: list[str]) -> None:
    """Run some benchmarks, all where none is named."""
    for name in asked or BENCHES:
        tell(name, import_module(f"tests.bench.{name}").run())


if __name__ == "__main__":
    main(sys.argv[1:])
