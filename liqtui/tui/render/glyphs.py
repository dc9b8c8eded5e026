"""Every character outside ASCII that the screen draws, each one cell wide, with its ASCII form.

Many are of "ambiguous" width by Unicode (East Asian terminals may draw them two wide); `ascii`
is the way out for those, and for fonts without blocks.
"""

from typing import Final

DASH: Final = "—"
"""A number that is not known."""
ELLIPSIS: Final = "…"
DOT: Final = "·"
AT_LEAST: Final = "≥"
DELTA: Final = "Δ"
SUM: Final = "Σ"

LIVE: Final = "●"
CONNECTING: Final = "◌"
STALE: Final = "◐"
DOWN: Final = "○"
REJECTED: Final = "×"
TIMES: Final = REJECTED
"""So many prints in one row."""
BLOCKED: Final = "■"

HORIZONTAL: Final = "─"
VERTICAL: Final = "│"
JOINTS: Final = {
    frozenset("we"): "─",
    frozenset("ns"): "│",
    frozenset("es"): "┌",
    frozenset("ws"): "┐",
    frozenset("en"): "└",
    frozenset("wn"): "┘",
    frozenset("wes"): "┬",
    frozenset("wen"): "┴",
    frozenset("nse"): "├",
    frozenset("nsw"): "┤",
    frozenset("nsew"): "┼",
}
"""The piece of wall with arms to these sides (north, south, east, west)."""

UPPER: Final = "▀"
LOWER: Final = "▄"
FULL: Final = "█"
BARS: Final = " ▏▎▍▌▋▊▉█"
"""A bar's last cell, by eighths."""
SPARKS: Final = "▁▂▃▄▅▆▇█"
"""A line's height, by eighths."""
HATCH: Final = "╱"
TRACE: Final = "━┃┏┛┗┓"
"""The price: level, upright, then where it turns."""
LONG_MARKS: Final = "▾▼"
SHORT_MARKS: Final = "▴▲"
"""A realised liquidation: small and large."""
HERE: Final = "◀"
CLUSTER: Final = "◆"
CROSS: Final = "┼"
"""Of the crosshair; its ASCII form is that of the wall's joint."""

ASCII: Final = {
    DASH: "-", ELLIPSIS: "~", DOT: ".", AT_LEAST: ">", DELTA: "d", SUM: "=",
    LIVE: "*", CONNECTING: ".", STALE: "~", DOWN: "o", REJECTED: "x", BLOCKED: "#",
    "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+",
    "┬": "+", "┴": "+", "├": "+", "┤": "+", "┼": "+",
    UPPER: "^", LOWER: "_", FULL: "#",
    "▏": " ", "▎": " ", "▍": "-", "▌": "-", "▋": "=", "▊": "=", "▉": "#",
    "▁": "_", "▂": ".", "▃": "-", "▅": "=", "▆": "+", "▇": "*",
    "░": ".", "▒": ":", "▓": "%", HATCH: "/",
    "━": "=", "┃": "|", "┏": "+", "┛": "+", "┗": "+", "┓": "+",
    "▾": "v", "▼": "V", "▴": "^", "▲": "A", HERE: "<", CLUSTER: "+",
    "\ufffd": "?",
}  # fmt: skip
"""The ASCII form of each; the screen's last filter puts it in place."""
