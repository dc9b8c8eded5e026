import pytest

from liqtui.sim.printing import MS, asked, between, decoded, fixed, newest, pages, seconds, short
from liqtui.sim.wires.binance import CONTRACTS
from tests.sim import made


def test_fixed_numbers_have_their_steps_decimals() -> None:
    assert fixed(64990.9, "0.10") == "64990.90"
    assert fixed(5.0, "1") == "5"
    assert fixed(0.0045678, "0.0000001") == "0.0045678"


def test_short_numbers_have_neither_exponent_nor_idle_zeros() -> None:
    assert short(0.0000000005) == "0.0000000005"
    assert short(10_000_000.0) == "10000000"
    assert short(62914.30, 2) == "62914.3"
    assert short(100.0, 0) == "100"


@pytest.mark.parametrize(
    ("name", "length"),
    [("1m", 60), ("5min", 300), ("30", 1800), ("1H", 3600), ("4h", 14_400), ("1d", 86_400),
     ("D", 86_400), ("10s", 10)],
)  # fmt: skip
def test_intervals_by_name(name: str, length: int) -> None:
    assert seconds(name) == length


def test_a_get_is_taken_apart() -> None:
    get = asked("https://a.b/c/d?symbol=币USDT&limit=5&interval=5m&from=x")
    assert (get.host, get.path, get.params["symbol"]) == ("a.b", "/c/d", "币USDT")
    assert (get.number("limit", 9), get.number("from", 9), get.number("to", 9)) == (5, 9, 9)
    assert get.seconds("interval") == 300


def test_only_objects_are_frames() -> None:
    assert decoded(b'{"op":"ping"}') == {"op": "ping"}
    assert decoded(b"ping") == decoded(b"[1]") == {}


def test_rows_are_selected_by_time() -> None:
    rows = made.bars(CONTRACTS[0], 5)
    times = [row.at // MS for row in rows]
    assert between(rows, times[1], times[3]) == rows[1:4]
    assert newest(rows, times[1], times[3], 2) == [rows[3], rows[2]]


def test_pages_walk_back_over_the_whole_span() -> None:
    assert pages(0, 5 * MS, 2) == [(4, 5), (2, 4), (0, 2)]
