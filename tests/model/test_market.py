import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.model.market import ContractKind, Unit
from tests.making import instrument

amounts = st.floats(1e-6, 1e9)


def test_a_base_contract_counts_coins() -> None:
    swap = instrument(contract_size=0.01)
    assert swap.amount(8.55, 82655.7) == pytest.approx((0.0855, 7067.06), rel=1e-5)


def test_a_quote_contract_needs_no_price_for_its_notional() -> None:
    coin = instrument(kind=ContractKind.INVERSE, contract_size=100.0, contract_unit=Unit.QUOTE)
    quantity, notional = coin.amount(2304, 76_000.0)
    assert notional == 230_400
    assert quantity == pytest.approx(230_400 / 76_000)


def test_an_unknown_contract_size_is_not_guessed() -> None:
    assert instrument(contract_size=None).amount(1, 1) == (None, None)


@given(amounts, amounts)
def test_scaling_leaves_usd_alone(contracts: float, price: float) -> None:
    plain = instrument().amount(contracts, price)
    scaled = instrument(scale=1000).amount(contracts, price)
    assert plain[0] is not None
    assert scaled[0] == pytest.approx(plain[0] * 1000)
    assert scaled[1] == plain[1]
