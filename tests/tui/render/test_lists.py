"""The panes that are tables: tape, venues, clusters, health."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from liqtui.model.market import FeedState, Side
from liqtui.model.snapshot import Cluster, Note, NoteKind, Snapshot, Tape, TrueMap
from liqtui.model.view import TapeFilter, View
from liqtui.tui.bursts import Burst, Bursts
from liqtui.tui.render import clusters, health, log, tape, venues, volume
from liqtui.tui.render.line import Cells
from liqtui.tui.render.scene import Scene
from tests import approval
from tests.tui.rows import text_of
from tests.tui.scene import NOON, SECOND

APPROVED = Path(__file__).parents[1] / "__approved__"


def texts(rows: list[Cells]) -> list[str]:
    return [text_of(row) for row in rows]


def truth_of(*peaks: float) -> TrueMap:
    none = np.zeros(40, np.float32)
    return TrueMap(NOON, none, none, none, 0.5, 1.0, 0.4, peaks)


def found(scene: Scene) -> list[Burst]:
    return Bursts().take(scene.snapshot.tape.rows, 0)


def other(scene: Scene, **changes: object) -> Scene:
    return structs.replace(scene, snapshot=structs.replace(scene.snapshot, **changes))


def test_the_tape_at_its_narrowest(busy: Scene) -> None:
    rows = texts(tape.Tape().rows(busy, 40, 24, found(busy)))
    approval.check(APPROVED / "tape.txt", "\n".join(rows) + "\n")


def test_a_wide_tape_says_kind_quantity_reason_and_cluster(busy: Scene) -> None:
    rows = texts(tape.Tape().rows(busy, 120, 40, found(busy)))
    approval.check(APPROVED / "tape-wide.txt", "\n".join(row.rstrip() for row in rows) + "\n")
    assert {len(row) for row in rows} == {120}
    told = "\n".join(rows)
    assert "notional above 5 % of open interest" in told
    assert "in est. 6" in told
    assert " b " in told
    assert "1000PEPEUSDT" in told


def test_a_scrolled_tape_begins_further_down(busy: Scene) -> None:
    top = texts(tape.Tape().rows(busy, 40, 12, found(busy)))
    assert texts(tape.Tape().rows(busy, 40, 10, found(busy)[2:]))[1:] == top[3:]


def test_a_burst_is_one_row_with_its_sum_and_its_count(busy: Scene) -> None:
    first = busy.snapshot.tape.rows[1]
    same = tuple(structs.replace(first, number=n, at=first.at - n, notional=2e5) for n in (3, 2, 1))
    rows = texts(tape.Tape().rows(busy, 60, 10, Bursts().take(same, 2.0), 0))
    assert len(rows) == 2
    assert "$600k" in rows[1]
    assert "×3" in rows[1]
    narrow = texts(tape.Tape().rows(busy, 40, 10, Bursts().take(same, 2.0)))
    assert narrow[1].startswith(" 12:04 ×3 ")


def test_an_empty_tape_says_why(busy: Scene) -> None:
    def said(**changes: object) -> str:
        return "\n".join(texts(tape.Tape().rows(other(busy, **changes), 60, 9, [])))

    assert "on a calm day that is normal" in said(tape=Tape())
    small = View(tape=TapeFilter(least=1e4))
    assert "12 smaller than $10k" in said(tape=Tape(hidden=12), view=small)
    asked = View(tape=TapeFilter(least=1e4, words=("pepe",)))
    assert "12 hidden by the filter" in said(tape=Tape(hidden=12), view=asked)
    assert "no snapshot yet" in said(at=0, tape=Tape())
    assert "◐ Cirrus stale 12s: mark price silent on ws-3" in said(tape=Tape())


def test_the_tapes_title_counts(busy: Scene) -> None:
    assert tape.title(busy, 0, 0).right[0][0][0] == "214/min · 3,120 hidden"
    assert tape.title(busy, 7, 10_000).notes[0][0] == "≥$10k"
    assert tape.title(busy, 7, 0).notes[0][0] == "+7 newer"
    paused = structs.replace(busy, behind=37)
    assert tape.title(paused, 0, 0).notes[0][0] == "PAUSED +37"


def test_the_venues_table(busy: Scene) -> None:
    rows = texts(venues.venues(busy, 110, 8))
    approval.check(APPROVED / "venues.txt", "\n".join(rows) + "\n")


def test_sums_of_incomplete_feeds_are_lower_bounds(busy: Scene) -> None:
    rows = texts(venues.venues(busy, 150, 8))
    assert "≥$1.90M" in rows[1]
    assert " $1.60M" in rows[2]
    assert " $700k" in rows[2]
    assert "≥$4.10M" in rows[-1]


def test_a_silent_venue_says_so_by_shape_and_words(busy: Scene) -> None:
    for state in FeedState:
        rows = tuple(structs.replace(row, state=state) for row in busy.snapshot.venues[:1])
        line = texts(venues.venues(other(busy, venues=rows), 60, 3))[1]
        assert (state.value[:9] in line) == (state is not FeedState.LIVE)
        assert line[1] in "●◌◐○×■"


def test_the_total_stays_where_not_all_rows_fit(busy: Scene) -> None:
    rows = texts(venues.venues(busy, 60, 4, cursor=4))
    assert len(rows) == 4
    assert "total" in rows[-1]
    assert any("Ember" in row for row in rows)


def test_no_interval_no_annual_figure_is_made_up(busy: Scene) -> None:
    row = structs.replace(
        busy.snapshot.venues[0], interval_hours=None, funding_8h=None, funding_year=None
    )
    line = texts(venues.venues(other(busy, venues=(row,)), 110, 3))[1]
    assert "+0.0100%/?h e" in line
    assert line.split()[8:10] == ["—", "—"]


def test_clusters_stand_in_their_order_with_bars_of_their_size(busy: Scene) -> None:
    found = busy.snapshot.clusters[::-1]
    scene = structs.replace(busy, snapshot=structs.replace(busy.snapshot, clusters=found))
    rows = texts(clusters.clusters(scene, 60, 20))[1:]
    assert [row.split()[0] for row in rows] == [
        "L" if cluster.side.value == "long" else "S" for cluster in found
    ]
    assert rows[-1].count("█") == 8 > rows[0].count("█")


def test_what_may_come_of_a_cluster_is_told_where_the_method_says_it(busy: Scene) -> None:
    cluster = structs.replace(
        busy.snapshot.clusters[0],
        band=(1.2e7, 5.8e7),
        touch=(0.1, 0.34, 0.6),
        cascade_usd=9e7,
        branching=1.2,
        expected=2.5e6,
        confidence=0.61,
    )
    head, row = texts(clusters.clusters(other(busy, clusters=(cluster,)), 96, 5))
    assert "in 1h" in head
    assert " 34% " in row
    assert "12.0M-58.0M" in row
    assert "$90.0M" in row
    assert "$2.50M  61%" in row
    assert "in 1h" not in texts(clusters.clusters(busy, 80, 5))[0]


def test_a_warming_map_explains_that_there_are_no_clusters(busy: Scene) -> None:
    assert busy.snapshot.heatmap is not None
    warm = structs.replace(busy.snapshot.heatmap, warming="3 min of 60 seen")
    said = "\n".join(texts(clusters.clusters(other(busy, clusters=(), heatmap=warm), 60, 9)))
    assert "3 min of 60 seen" in said


def test_health_puts_trouble_first_and_tells_the_reason(busy: Scene) -> None:
    rows = texts(health.health(busy, 120, 20))
    assert rows[1].startswith(" ◐  cirrus market-1")
    assert "mark price silent on ws-3" in rows[1]
    assert rows[2].startswith(" ■  ember market-1")
    assert any("unknown kind 'adlAlert'" in row for row in rows)
    assert {len(row) for row in rows} == {120}


def test_health_tells_names_in_full_where_nothing_is_wrong(busy: Scene) -> None:
    feeds = tuple(
        structs.replace(feed, state=FeedState.LIVE, reason="", last="", stream=f"coinm-trades-{n}")
        for n, feed in enumerate(busy.snapshot.feeds)
    )
    calm = other(busy, feeds=feeds)
    rows = texts(health.health(calm, 80, 40))
    assert all(f"{feed.venue} {feed.stream} " in "\n".join(rows) for feed in feeds)
    assert rows[0].split() == ["feed", "state", "msg/s", "KiB/s", "lag", "50/95", "re", "bad"]
    assert "aurora coi…-trades-0" in "\n".join(texts(health.health(calm, 56, 40)))


def test_health_has_room_for_what_is_wrong(busy: Scene) -> None:
    assert "mark price silent" in texts(health.health(busy, 60, 40))[1]


def test_volume_tells_the_large_from_the_small(busy: Scene) -> None:
    rows = texts(volume.volumes(busy, 90, 20))
    assert [row.split()[0] for row in rows[1:]] == [
        "≥$1M",
        "≥$100k",
        "≥$10k",
        "≥$1k",
        "<$1k",
        "all",
    ]
    assert "▁" in rows[1]
    assert rows[1].rstrip().endswith("▁")
    assert rows[5].rstrip().endswith("█")
    assert "-$21.0M" in rows[1]
    assert "+$19.0M" in rows[5]


def test_a_line_of_values_keeps_its_ends() -> None:
    assert volume.spark([0.0, 1.0, 2.0, 3.0], 4) == "▁▃▆█"
    assert volume.spark([0.0, 9.0, 0.0, 9.0], 2) == "██"
    assert volume.spark([0.0, 0.0], 9) == "▁▁"
    assert volume.spark([], 9) == volume.spark([1.0], 0) == ""
    assert volume.spark([-2.0, -1.0], 2) == "▁▅"


def test_the_log_says_what_happened(busy: Scene) -> None:
    rows = texts(log.notes(busy, 90, 9))
    assert rows[0].startswith(" 12:04:31 feed  cirrus market-1 stale")
    assert [row.split()[1] for row in rows] == ["feed", "gap", "large", "odd"]
    assert texts(log.notes(busy, 90, 9, 2))[0].split()[1] == "large"


def test_all_the_evidence_of_an_alert_is_there(busy: Scene) -> None:
    told = Note(NOON, NoteKind.ALERT, f"Approaching ({'evidence, ' * 28}band $12–37M, sure)")
    shown = other(busy, log=(told,))
    assert "sure)" in texts(log.notes(shown, 120, 9))[-1]


def test_a_long_note_takes_as_many_rows_as_it_needs(busy: Scene) -> None:
    told = Note(NOON, NoteKind.ALERT, "Approaching estimated $47M long-liquidation cluster")
    shown = other(busy, log=(told, *busy.snapshot.log))
    rows = texts(log.notes(shown, 40, 3))
    assert rows[0].rstrip() == " 12:04:31 ALERT Approaching estimated"
    assert rows[1].rstrip() == " " * 16 + "$47M long-liquidation"
    assert rows[2].rstrip() == " " * 16 + "cluster"
    assert texts(log.notes(shown, 40, 2, 2))[0] == rows[2]
    assert log.length(shown, 40) == len(log.notes(shown, 40, 99))


def test_what_was_silenced_is_dim_and_what_is_new_is_lit(busy: Scene) -> None:
    loud = Note(NOON, NoteKind.ALERT, "Burst")
    hushed = structs.replace(loud, dim=True)
    shown = other(busy, log=(loud, hushed))
    first, second = log.notes(shown, 60, 2)
    assert "ALERT Burst" in second[0].text
    assert second[0].style == busy.palette.muted
    assert first[1].style == busy.palette.warn
    lit, after = log.notes(structs.replace(shown, flash=True), 60, 2)
    assert {segment.style for segment in lit} == {busy.palette.here}
    assert after == second


@pytest.mark.parametrize(
    "draw",
    [
        lambda scene, w, h: volume.volumes(scene, w, h),
        lambda scene, w, h: log.notes(scene, w, h),
        lambda scene, w, h: tape.Tape().rows(scene, w, h, found(scene)),
        lambda scene, w, h: venues.venues(scene, w, h),
        lambda scene, w, h: clusters.clusters(scene, w, h),
        lambda scene, w, h: health.health(scene, w, h),
    ],
)
@pytest.mark.parametrize("filled", [True, False])
def test_any_size_is_filled_and_none_is_exceeded(
    busy: Scene, draw: Callable[[Scene, int, int], list[Cells]], filled: bool
) -> None:
    scene = busy if filled else structs.replace(busy, snapshot=Snapshot())
    for width in (1, 2, 7, 30, 61, 200):
        for height in (1, 2, 5, 30):
            rows = draw(scene, width, height)
            assert len(rows) <= height
            assert {len(row) for row in texts(rows)} <= {width}


def test_a_row_is_drawn_once(busy: Scene) -> None:
    drawer = tape.Tape()
    first = drawer.rows(busy, 60, 10, found(busy))
    again = drawer.rows(busy, 60, 10, found(busy))
    assert all(one is other for one, other in zip(first[1:], again[1:], strict=True))


def test_a_venue_that_tells_of_no_liquidations_has_no_sum(busy: Scene) -> None:
    silent = structs.replace(busy.snapshot.venues[0], long_1h=None, short_1h=None, longer=())
    shown = texts(venues.venues(other(busy, venues=(silent,)), 150, 3))[1]
    assert "$0" not in shown
    assert "$1.90M" not in shown


def test_a_sum_is_a_lower_bound_until_all_its_hours_were_heard(busy: Scene) -> None:
    hour = 3600 * SECOND
    for since, told in (
        (None, "≥$1.90M ≥$1.10M ≥$6.20M ≥$2.50M ≥$36.0M ≥$21.0M"),
        (NOON - hour, " $1.90M  $1.10M ≥$6.20M ≥$2.50M ≥$36.0M ≥$21.0M"),
        (NOON - 24 * hour, " $1.90M  $1.10M  $6.20M  $2.50M  $36.0M  $21.0M"),
    ):
        row = structs.replace(busy.snapshot.venues[0], whole_since=since)
        assert told in texts(venues.venues(other(busy, venues=(row,)), 180, 3))[1]


def test_countdowns_end(busy: Scene) -> None:
    row = structs.replace(busy.snapshot.venues[0], due=NOON - SECOND)
    assert " due " in texts(venues.venues(other(busy, venues=(row,)), 110, 3))[1]


def test_with_the_truth_clusters_say_whether_a_true_one_is_there(busy: Scene) -> None:
    def cluster(distance: float) -> Cluster:
        price = 100.0 * (1 + distance)
        return Cluster(Side.SHORT, price, price, price, 1e6, distance)

    found = tuple(cluster(distance) for distance in (0.004, 0.02, 0.05, 0.09))
    scene = other(busy, clusters=found, truth=truth_of(102.2, 104.7))
    rows = texts(clusters.clusters(scene, 60, 6))
    assert rows[0].split()[:5] == ["price", "away", "est.", "USD", "true"]
    assert [row.split()[4] for row in rows[1:]] == ["—", "yes", "no", "—"]
    without = texts(clusters.clusters(other(scene, truth=None), 60, 6))
    assert "true" not in without[0]
    assert {len(row) for row in (*rows, *without)} == {60}


def test_a_venue_whose_data_comes_before_its_time_has_a_wrong_clock(busy: Scene) -> None:
    first, *rest = busy.snapshot.venues
    ahead = structs.replace(first, state=FeedState.LIVE, lag_ms=-7012.0)
    rows = venues.venues(other(busy, venues=(ahead, *rest)), 160, 9)
    (told,) = [cell for cell in rows[1] if "clock 7.0s" in cell.text]
    assert told.style == busy.palette.warn
