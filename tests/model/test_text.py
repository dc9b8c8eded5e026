import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.model.text import BadTextError, hint, inert, narrow, plain, symbol

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


@pytest.mark.parametrize(
    "text",
    [
        "@everyone", "<@123456>", "<!channel>", "<#C024BE7LR>", "[x](y)", "**b**", "_i_", "`c`",
        "~~s~~", "||spoiler||", "#tag", "&lt;", "<b>", "http://evil.com", "ftp://1.2.3.4/x",
        "tg://resolve?domain=x", "evil.com", "t.me/x", "a.b.c", "1.2.3.4", "/start", "x /start",
        "//evil", "\\*", "mail@evil.com", *HOSTILE,
    ],
)  # fmt: skip
def test_nothing_is_left_that_a_chat_would_make_more_of(text: str) -> None:
    shown = inert(text)
    assert shown != text
    assert not set("@<>`*_[]#|&\\") & set(shown)
    assert "//" not in shown
    assert inert(shown) == shown


@given(st.text())
def test_an_inert_text_stays_as_it_is(text: str) -> None:
    shown = inert(text)
    assert inert(shown) == shown
    assert not set("@<>`*_[]#|&\\\r\n\x1b") & set(shown)


@pytest.mark.parametrize(
    "text",
    [
        "Approaching estimated $47M long-liquidation cluster at $61,480.5 (0.9% below, 12 min at"
        " current speed, 25x/50x, P(touch 1h) 44%, band $31–66M, confidence medium)",
        "Funding +0.012% per 8h: longs pay (3× its usual size)",
    ],
)
def test_what_we_say_ourselves_is_not_touched(text: str) -> None:
    assert inert(text) == text
