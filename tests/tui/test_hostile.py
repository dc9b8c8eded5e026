"""Texts from the network are texts, wherever they are shown."""

import re
import unicodedata
from typing import Any

import pytest
from msgspec import structs
from rich.segment import Segment
from textual.color import Color

from liqtui.model.market import FeedState
from liqtui.model.snapshot import Progress, Snapshot
from liqtui.model.view import View
from liqtui.tui.sanitiser import Sanitiser, to_ascii
from tests.tui.scene import Stage, snapshot
from tests.tui.stage import app_of, frame, rows_of, running

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[H",
    "\x1b[31mred",
    "\x9b2Jc1",
    "\x90q#0\x9c",
    "a\rb\nc\td",
    "\u202egnp.exe",
    "\u2066iso\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "[/]",
    "[@click=app.quit]x[/]",
    "[bold red]\\[b]",
    "幅広い\U0001f525",
)
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def poisoned(text: str, view: View) -> Snapshot:
    """Put a text wherever a snapshot has one."""
    good = snapshot(view)
    assert good.heatmap is not None
    rows = tuple(
        structs.replace(row, tag=text, base=text, symbol=text, quarantined=text)
        for row in good.tape.rows[:40]
    )
    venues = tuple(
        structs.replace(row, title=text, coverage_label=text, state=state, state_reason=text)
        for row, state in zip(good.venues, FeedState, strict=True)
    )
    feeds = tuple(
        structs.replace(feed, venue=text, stream=text, reason=text, last=text, rejected=(text,))
        for feed in good.feeds
    )
    return structs.replace(
        good,
        headline=structs.replace(good.headline, base=text),
        heatmap=structs.replace(good.heatmap, warming=text),
        tape=structs.replace(good.tape, rows=rows),
        venues=venues,
        feeds=feeds,
        bases=(text, "BTC"),
        progress=(Progress(text, 0.5),),
        notices=(text,),
    )


def harmless(rows: list[str], width: int) -> None:
    for row in rows:
        assert not _STEERING.search(row), ascii(row)
        assert not any(unicodedata.east_asian_width(letter) in "WF" for letter in row)
        assert len(row) == width


async def test_a_hostile_text_steers_nothing() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 200, 50) as pilot:
        for text in HOSTILE:
            stage.now = poisoned(text, structs.replace(stage.views[-1], base=text))
            await frame(app, pilot)
            harmless(rows_of(app), 200)
            if text.isascii() and text.isprintable():
                assert text[:3] in "\n".join(rows_of(app))
        assert app.is_running


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "8"])
async def test_nor_in_a_pane_alone_or_in_the_list_of_symbols(key: str) -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app, 160, 24) as pilot:
        stage.now = poisoned("".join(HOSTILE), stage.views[-1])
        app.tick()
        await pilot.press(key, "z", "s")
        await frame(app, pilot)
        harmless(rows_of(app), 160)


async def test_a_hostile_text_typed_or_pasted_is_a_text() -> None:
    stage = Stage()
    app = app_of(stage)
    async with running(app) as pilot:
        await pilot.press("slash")
        app.dashboard._prompt._input.insert("x\u202e[/]\x1b[2J", 0)
        await frame(app, pilot)
        harmless(rows_of(app), 120)
        await pilot.press("enter")
        assert not _STEERING.search("".join(stage.views[-1].tape.words))


def _filtered(text: str, **how: Any) -> str:
    (segment,) = Sanitiser(**how).apply([Segment(text)], Color(0, 0, 0))
    return segment.text


@pytest.mark.parametrize("text", HOSTILE)
def test_the_last_filter_replaces_what_steers(text: str) -> None:
    shown = _filtered(text)
    assert not _STEERING.search(shown)
    assert len(shown) == len(text)


def test_the_last_filter_leaves_the_rest_alone() -> None:
    assert _filtered("BTC ≥$4.1M ▀▀ ╱ ◐") == "BTC ≥$4.1M ▀▀ ╱ ◐"
    assert _filtered("BTC ≥$4.1M ▀▀ ╱ ◐ é", ascii_only=True) == "BTC >$4.1M ^^ / ~ ?"
    assert to_ascii("plain") == "plain"
