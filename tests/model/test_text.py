import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.model.text import BadTextError, hint, narrow, plain, symbol

HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b[2J",
    "\x9b31m",
    "\x90q\x9c",
    "a\u202eb",
    "a\u200bb",
    "a\rb",
    "a\nb",
    "\ufeffBTC",
    "\ud800",
    "BTC\x00USDT",
    "\u2066x\u2069",
    "\x7f",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_lose_their_sting(text: str) -> None:
    cleaned = plain(text)
    assert cleaned != text
    assert all(letter == "\ufffd" or letter.isprintable() for letter in cleaned)


@pytest.mark.parametrize("text", [*HOSTILE, "", "a b", "X" * 41, "BTC USDT", "\u3000"])
def test_no_exchange_gives_such_a_symbol(text: str) -> None:
    with pytest.raises(BadTextError):
        symbol(text)


@pytest.mark.parametrize(
    "text", ["BTCUSDT", "1000PEPEUSDT", "币安人生USDT", "BTC-USD_UM_XPERP-310404"]
)
def test_real_symbols_stay_native(text: str) -> None:
    assert symbol(text) == text


@given(st.text())
def test_what_is_shown_is_printable_and_bounded(text: str) -> None:
    shown = plain(text, 20)
    assert len(shown) <= 20
    assert all(letter == "\ufffd" or ord(letter) >= 32 for letter in shown)


@given(st.text(max_size=40))
def test_narrow_is_ascii_or_replacement(text: str) -> None:
    assert all(" " <= letter <= "~" or letter == "\ufffd" for letter in narrow(text))


def test_two_wide_symbols_stay_apart() -> None:
    assert narrow("币USDT") != narrow("安USDT")


def test_the_nearest_known_word_is_named() -> None:
    assert hint("theem", ["fps", "theme"]) == ": did you mean 'theme'?"
    assert hint("zzz", ["fps", "theme"]) == ""
    assert hint("x", []) == ""
