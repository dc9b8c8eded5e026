"""The headline and the status line, and what they say when something is wrong."""

import pytest
from msgspec import structs

from liqtui.model.market import FeedState
from liqtui.model.snapshot import Headline, Progress, Recorded, Snapshot
from liqtui.tui.actions import ACTIONS, hints
from liqtui.tui.orders import ORDERS
from liqtui.tui.palette import Palette
from liqtui.tui.render.headline import headline
from liqtui.tui.render.help import page
from liqtui.tui.render.scene import Scene, absent
from liqtui.tui.render.status import status
from liqtui.tui.render.times import Zone
from tests.tui.render.test_lists import other
from tests.tui.rows import text_of
from tests.tui.scene import NOON, SECOND


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (
            140,
            " BTC 61,482.5 +0.42%   OI $15.0B +1.2%/1h   fund +0.0103%/8h oi-w (11.3% apr)"
            "   liq 1h ≥$4.10M L ≥$2.20M S" + " " * 21 + "12:04:31 UTC ",
        ),
        (
            80,
            " BTC 61,482.5 +0.42%   OI $15.0B   liq 1h ≥$4.10M L ≥$2.20M S"
            + " " * 6
            + "12:04:31 UTC ",
        ),
        (60, " BTC 61,482.5 +0.42%   OI $15.0B +1.2%/1h      12:04:31 UTC "),
        (34, " BTC 61,482.5" + " " * 8 + "12:04:31 UTC "),
    ],
)
def test_what_matters_most_stays(busy: Scene, width: int, expected: str) -> None:
    shown = text_of(headline(all_live(busy), width))
    assert len(shown) == width
    assert shown == expected[:width]


def all_live(scene: Scene) -> Scene:
    rows = scene.snapshot.venues
    live = (structs.replace(r, state=FeedState.LIVE, oi_usd=r.oi_usd or 1e9) for r in rows)
    return other(scene, venues=tuple(live))


def test_a_venue_that_is_out_is_said_beside_the_sum_it_is_in(busy: Scene) -> None:
    assert "OI $15.0B (1 stale, 1 missing) +1.2%/1h" in text_of(headline(busy, 200))
    assert "OI $15.0B (2 out)" in text_of(headline(busy, 100))
    assert "OI $15.0B +1.2%/1h" in text_of(headline(all_live(busy), 200))
    late = tuple(structs.replace(r, oi_usd=None) for r in all_live(busy).snapshot.venues[:2])
    assert "OI $15.0B (2 missing)" in text_of(headline(other(busy, venues=late), 200))
    unlisted = tuple(structs.replace(row, coverage_label="") for row in late)
    assert "OI $15.0B +1.2%" in text_of(headline(other(busy, venues=unlisted), 200))
    unknown = other(busy, headline=structs.replace(busy.snapshot.headline, oi_usd=None))
    assert "OI — " in text_of(headline(unknown, 200))


def test_nothing_known_is_dashes(busy: Scene) -> None:
    shown = text_of(headline(structs.replace(busy, snapshot=Snapshot()), 140))
    assert shown.strip() == "— — —   OI — —/1h   fund —/8h oi-w (— apr)   liq —"
    assert "0" not in shown


def test_sums_say_since_when_they_count(busy: Scene) -> None:
    top = structs.replace(busy.snapshot.headline, since=NOON - 600 * SECOND, lower_bound=False)
    assert "liq since 11:54 $4.10M L $2.20M S" in text_of(headline(other(busy, headline=top), 140))


def test_a_hole_in_what_was_heard_is_told_beside_the_sums(busy: Scene) -> None:
    began = NOON - 7200 * SECOND
    top = structs.replace(busy.snapshot.headline, since=began, lower_bound=False)
    holed = structs.replace(top, whole_since=NOON - 600 * SECOND)
    assert "liq 1h, gap to 11:54 ≥$4.10M L" in text_of(headline(other(busy, headline=holed), 140))
    past = structs.replace(top, whole_since=NOON - 3700 * SECOND)
    assert "liq 1h $4.10M L" in text_of(headline(other(busy, headline=past), 140))


def test_longer_windows_are_told_where_more_was_heard_and_there_is_room(busy: Scene) -> None:
    def said(width: int = 200, **changes: object) -> str:
        top = structs.replace(busy.snapshot.headline, lower_bound=False, **changes)
        return text_of(headline(other(busy, headline=top), width))

    began = NOON - 9 * 3600 * SECOND
    assert "liq 1h $4.10M L $2.20M S  4h $22.4M L $9.00M S  since 03:04 $131M L" in said()
    assert " 24h $131M L $77.0M S " in said(since=NOON - 30 * 3600 * SECOND)
    assert "4h" not in said(140)
    assert "131M" not in said(since=NOON - 2 * 3600 * SECOND)
    assert "22.4M" not in said(since=NOON - 600 * SECOND)
    holed = said(220, whole_since=NOON - 600 * SECOND, since=began)
    assert "liq 1h, gap to 11:54 ≥$4.10M L ≥$2.20M S  4h ≥$22.4M L" in holed
    earlier = said(220, whole_since=NOON - 7200 * SECOND, since=began)
    assert "liq 1h $4.10M L $2.20M S  4h, gap to 10:04 ≥$22.4M L" in earlier


def test_trouble_pause_and_source_are_told(busy: Scene) -> None:
    down = tuple(
        structs.replace(row, state=FeedState.DOWN, state_since=NOON - 9 * SECOND)
        for row in busy.snapshot.venues
    )
    assert "no venue live 9s" in text_of(headline(other(busy, venues=down), 140))
    connecting = tuple(structs.replace(row, state=FeedState.CONNECTING) for row in down)
    assert " connecting " in text_of(headline(other(busy, venues=connecting), 140))
    assert "core silent 7s" in text_of(headline(structs.replace(busy, silent_s=7), 140))
    assert "PAUSED" in text_of(headline(structs.replace(busy, behind=0), 140))
    assert "REPLAY" in text_of(headline(other(busy, source="replay"), 140))


def test_a_collector_is_named_and_one_that_is_gone_is_missed(busy: Scene) -> None:
    seen = structs.replace(busy.snapshot, collector=4711)
    shown = other(busy, collector=4711)
    assert "collector 4711" in text_of(headline(shown, 200))
    assert "collector" not in text_of(headline(busy, 200))
    assert "collector" not in text_of(headline(shown, 80))
    lost = structs.replace(shown, snapshot=structs.replace(seen, lost="it is gone"), silent_s=7)
    assert "collector gone, trying again" in text_of(headline(lost, 80))
    empty = structs.replace(lost, snapshot=Snapshot(lost="it is \x1b[2Jgone"))
    said = "\n".join(text_of(line) for line in absent(empty, "nothing", 60, 4))
    assert "no collector: it is \ufffd[2Jgone" in said


def test_the_clock_is_in_the_zone(busy: Scene) -> None:
    there = structs.replace(busy, zone=Zone("Asia/Kolkata"))
    assert "17:34:31" in text_of(headline(there, 80))


def test_the_status_line_hints_at_keys_and_tells_the_news(busy: Scene) -> None:
    scene = other(busy, progress=(Progress("backfill Aurora", 0.456),))
    shown = text_of(status(scene, 120, hints(), "reconnecting all venues", "!doge"))
    assert shown.startswith(" ? help  / filter  : command")
    assert shown.endswith("reconnecting all venues · backfill Aurora 46% · /!doge ")
    assert len(shown) == 120
    alert = (
        "BTC: Approaching estimated $47M long-liquidation cluster at $61,480 (0.9% below, ~12 min)"
    )
    shown = text_of(status(busy, 80, hints(), alert))
    assert shown.startswith(" ? help  ")
    assert "cluster at $61,480" in shown
    steps = (Progress("backfill Aurora", 0.456), Progress("backfill Boreal", 0.2))
    assert text_of(status(other(busy, progress=steps), 80, ())).endswith(" backfill Boreal 20% +1 ")


def test_an_empty_pane_says_what_is_waited_for(busy: Scene, night: Palette) -> None:
    def said(scene: Scene) -> str:
        return " ".join(text_of(row).strip() for row in absent(scene, "no estimate yet", 60, 12))

    assert "waiting for the first venue" in said(structs.replace(busy, snapshot=Snapshot()))
    assert "backfill 50%" in said(other(busy, progress=(Progress("backfill", 0.5),)))
    assert "■ Ember blocked 4m: HTTP 451: restricted location" in said(busy)
    assert "silent for 9s" in said(structs.replace(busy, silent_s=9))


@pytest.mark.parametrize("width", [40, 60, 115, 116, 200])
def test_the_help_names_every_key(night: Palette, width: int) -> None:
    rows = [text_of(row) for row in page(width, night, ACTIONS)]
    assert {len(row) for row in rows} == {width}
    shown = " ".join("\n".join(rows).split())
    for word in ("pan the map", "wheel", "quit"[:1], "esc", "quarantined", "never drawn as zero"):
        assert word in shown
    if width >= 58:
        assert all(action.description in shown for action in ACTIONS)


@pytest.mark.parametrize("width", [40, 60, 116, 120, 200])
def test_no_line_of_the_help_loses_its_end(night: Palette, width: int) -> None:
    rows = page(width, night, ACTIONS)
    said = " ".join("".join(text_of(row) for row in rows).split())
    halves = [text_of(row)[start : start + width // 2] for start in (0, width // 2) for row in rows]
    said += " ".join(" ".join(halves).split())
    for order in ORDERS:
        assert order.description in said
    assert "USD expected for each USD that was liquidated" in said


def test_a_headline_without_a_base_has_a_dash(busy: Scene) -> None:
    shown = text_of(headline(other(busy, headline=Headline("")), 80))
    assert shown.startswith(" — —")


@pytest.mark.parametrize(
    ("sent", "told"), [((0.3, 9.0), "0fps <1KiB/s"), ((3.7, 9216.0), "4fps 9KiB/s")]
)
def test_what_the_terminal_is_sent_stands_at_the_right(
    busy: Scene, sent: tuple[float, float], told: str
) -> None:
    assert text_of(status(busy, 120, hints(), sent=sent)).endswith(f" {told} ")
    assert "KiB" not in text_of(status(busy, 80, hints(), sent=sent))
    assert "KiB" not in text_of(status(busy, 120, hints()))


def test_what_the_disk_was_too_slow_for_is_said(busy: Scene) -> None:
    recorded = Recorded("/data/journals/x", NOON - 7200 * SECOND, 9, 2**31, dropped=1234)
    scene = structs.replace(busy, snapshot=structs.replace(busy.snapshot, recorded=recorded))
    assert "● REC 2h 2.0G 1,234 LOST" in text_of(status(scene, 120, hints()))
