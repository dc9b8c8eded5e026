import pytest

from liqtui.sim.rules import Budget, Charge, Reply, Rules
from liqtui.sim.wire import SECOND
from liqtui.sim.wires import binance, gate, okx
from tests.sim import made


def refused(_at: int, wait: float) -> Reply:
    return Reply(429, str(round(wait, 3)).encode())


def banned(_at: int, wait: float) -> Reply:
    return Reply(418, str(round(wait, 3)).encode())


RULES = Rules(
    charge=lambda url: Charge(url, 3, 10.0),
    told=lambda spent: {"Used": f"{spent.used}/{spent.resets - made.AT}"},
    refused=refused,
    patience=2,
    banned=banned,
    ban=60.0,
)


def asked(budget: Budget, monotonic: float, url: str = "a") -> tuple[int, bytes, str]:
    reply, headers = budget.spend(url, made.AT, monotonic)
    return (reply.status, reply.body, headers["Used"]) if reply else (200, b"", headers["Used"])


def test_a_pool_is_used_up_and_fills_again() -> None:
    budget = Budget(RULES)
    told = [asked(budget, 4.0 * n) for n in range(3)]
    assert [status for status, _, _ in told] == [200] * 3
    assert told[2][2] == f"3/{2 * SECOND}"
    assert asked(budget, 9.0)[:2] == (429, b"1.0")
    assert asked(budget, 9.0, "b")[0] == 200
    assert asked(budget, 10.1)[0] == 200
    assert asked(budget, 10.2)[0] == 429


def test_who_asks_on_is_banned_from_everything_for_a_while() -> None:
    budget = Budget(RULES)
    assert [asked(budget, 0.0)[0] for _ in range(6)] == [200, 200, 200, 429, 429, 418]
    assert asked(budget, 20.0, "b")[:2] == (418, b"40.0")
    assert asked(budget, 60.1, "b")[0] == 200


def test_where_nobody_is_banned_refusals_go_on() -> None:
    budget = Budget(okx.RULES)
    url = "https://www.okx.com/api/v5/public/mark-price?instType=SWAP"
    replies = [budget.spend(url, made.AT, 0.0)[0] for _ in range(100)]
    assert replies.count(None) == 10
    assert {one.status for one in replies if one} == {429}


def test_in_haste_seconds_are_shorter() -> None:
    budget = Budget(RULES, haste=100.0)
    assert [asked(budget, 0.0)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert asked(budget, 0.11)[0] == 200


@pytest.mark.parametrize(
    ("url", "pool", "weight"),
    [
        ("/fapi/v1/klines?limit=99", "weight", 1),
        ("/fapi/v1/klines?limit=100", "weight", 2),
        ("/fapi/v1/klines", "weight", 5),
        ("/dapi/v1/klines?limit=1500", "weight", 10),
        ("/fapi/v1/premiumIndex", "weight", 10),
        ("/fapi/v1/premiumIndex?symbol=BTCUSDT", "weight", 1),
        ("/fapi/v1/ticker/24hr", "weight", 40),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT", "weight", 20),
        ("/fapi/v1/openInterest?symbol=BTCUSDT", "weight", 1),
        ("/futures/data/openInterestHist?symbol=BTCUSDT", "data", 1),
        ("/fapi/v1/fundingInfo", "funding", 1),
    ],
)
def test_calls_cost_what_is_documented(url: str, pool: str, weight: int) -> None:
    charge = binance.charge("https://fapi.binance.com" + url)
    assert (charge.pool, charge.weight) == (pool, weight)


def test_what_is_used_is_told_in_headers() -> None:
    budget = Budget(binance.RULES)
    url = "https://fapi.binance.com/fapi/v1/premiumIndex"
    assert budget.spend(url, made.AT, 0.0)[1] == {"X-MBX-USED-WEIGHT-1M": "10"}
    other = "https://dapi.binance.com/dapi/v1/openInterest?symbol=BTCUSD_PERP"
    assert budget.spend(other, made.AT, 0.0)[1] == {"X-MBX-USED-WEIGHT-1M": "11"}
    assert budget.spend("https://fapi.binance.com/fapi/v1/fundingInfo", made.AT, 0.0)[1] == {}
    url = "https://api.gateio.ws/api/v4/futures/usdt/tickers"
    assert Budget(gate.RULES).spend(url, made.AT, 0.0)[1] == {
        "X-Gate-RateLimit-Requests-Remain": "199",
        "X-Gate-RateLimit-Limit": "200",
        "X-Gate-RateLimit-Reset-Timestamp": str((made.AT + 10 * SECOND) // SECOND),
    }
