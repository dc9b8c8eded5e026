from msgspec.structs import replace

from liqtui.model.market import Sampling, Unit
from liqtui.model.snapshot import TapeRow
from liqtui.model.view import View
from liqtui.tui.palette import Palette
from liqtui.tui.render.detail import line, page, reckoned
from liqtui.tui.render.times import Zone
from tests.tui.rows import text_of
from tests.tui.scene import tape

ROW = replace(tape(View()).rows[1], base="BTC", price=60_000.0, quantity=0.02, notional=1200.0)


def of(row: TapeRow = ROW, **changes: object) -> TapeRow:
    assert row.evidence is not None
    return replace(row, evidence=replace(row.evidence, **changes))


def test_dollars_are_reckoned_as_the_contract_says() -> None:
    assert reckoned(of()) == "2 contracts × 0.01 BTC = 0.02 BTC; × 60,000.000 USDT = $1,200"
    assert reckoned(of(contract_size=1.0)) == "0.02 BTC × 60,000.000 USDT = $1,200"
    assert reckoned(of(contract_unit=Unit.QUOTE, contract_size=100.0)) == (
        "12 contracts × $100 = $1,200; / 60,000.0 = 0.02 BTC"
    )
    assert reckoned(of(contract_size=1.0, scale=1000)).startswith("2e-05 contracts × 1,000 BTC")
    assert "not known" in reckoned(replace(of(), quantity=None))


def test_the_page_says_where_it_came_from(night: Palette) -> None:
    row = replace(of(sampling=Sampling(1.0, "largest")), cluster=59_900.0)
    for width in (40, 60, 120):
        rows = [text_of(one) for one in page([row, row], Zone("utc"), width, night)]
        assert {len(one) for one in rows} == {width}
    told = "\n".join(rows)
    for words in ("closed by force", "estimated cluster at 59,900", "the largest of each 1 s only",
                  "84ms after it", '{"s":"ETHUSDT"', "of $2.10B in this contract"):  # fmt: skip
        assert words in told
    assert told.count("message") == 2


def test_a_hostile_message_is_a_text(night: Palette) -> None:
    row = of(raw=b"\x1b[2J[red]\xff\xe2\x80\xae" * 9)
    told = "".join(text_of(one) for one in page([row], Zone("utc"), 50, night))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "[red]" in told


def test_without_evidence_it_says_what_it_can(night: Palette) -> None:
    told = "".join(
        text_of(one) for one in page([replace(ROW, evidence=None)], Zone("utc"), 90, night)
    )
    assert "price" in told


def test_a_row_as_one_line() -> None:
    assert line(replace(ROW, prints=3), Zone("utc")).endswith("$1,200 (3 prints)")
