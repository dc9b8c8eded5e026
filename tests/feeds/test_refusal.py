"""What answers and errors mean."""

import socket
import ssl
from email.utils import formatdate

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import (
    ConnectionClosedError,
    InvalidMessage,
    InvalidProxy,
    WebSocketException,
)
from websockets.frames import Close

from liqtui.feeds.refusal import Embargo, Setback, of_error, of_status, retry_after
from liqtui.feeds.timing import Timing
from liqtui.model.market import FeedState
from tests.feeds.rig import BLOCKED, DOWN

TIMING = Timing()
NOW = 1_790_000_000 * 1_000_000_000
PAGE = b"<html><head><title>ERROR: The request could not be satisfied</title></head></html>"


@pytest.mark.parametrize(
    ("status", "after", "body", "state", "wait", "ordered"),
    [
        (429, None, b"", BLOCKED, 60.0, True),
        (429, "7", b"", BLOCKED, 7.0, True),
        (418, None, b"", BLOCKED, 120.0, True),
        (418, "5", b"", BLOCKED, 120.0, True),
        (418, "3000", b"", BLOCKED, 3000.0, True),
        (403, None, b"403, Access Too Frequent", BLOCKED, 600.0, True),
        (403, None, PAGE, BLOCKED, 600.0, False),
        (451, None, b"restricted location", BLOCKED, 600.0, False),
        (503, "9", b"", DOWN, 9.0, False),
        (500, None, b"", DOWN, 0.0, False),
        (404, None, b"", DOWN, 0.0, False),
        (302, None, b"", DOWN, 0.0, False),
    ],
)
def test_statuses(
    status: int, after: str | None, body: bytes, state: FeedState, wait: float, ordered: bool
) -> None:
    headers = {"retry-after": after} if after else {}
    setback = of_status(status, headers, body, NOW, TIMING)
    assert (setback.state, setback.wait, setback.ordered) == (state, wait, ordered)
    assert f"HTTP {status}" in setback.reason


def test_a_geoblock_is_called_so_and_a_rate_limit_is_not() -> None:
    block = of_status(403, {}, PAGE, NOW, TIMING).reason
    assert block == (
        "not served to this address: HTTP 403: ERROR: The request could not be satisfied"
    )
    rate = of_status(403, {}, b"access too frequent", NOW, TIMING).reason
    assert rate == "HTTP 403: access too frequent"


def test_retry_after_may_be_a_date() -> None:
    assert retry_after(formatdate(NOW / 1e9 + 90, usegmt=True), NOW) == pytest.approx(90, abs=1)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT", NOW) == 0.0


@given(st.text() | st.from_regex(r"-?\d{1,30}(\.\d+)?"))
def test_retry_after_is_never_absurd(value: str) -> None:
    after = retry_after(value, NOW)
    assert after is None or 0.0 <= after <= 3 * 86_400


@given(st.integers(100, 999), st.binary(max_size=200), st.text(max_size=40))
def test_any_answer_gives_words_that_are_plain(status: int, body: bytes, after: str) -> None:
    setback = of_status(status, {"retry-after": after, "location": after}, body, NOW, TIMING)
    assert setback.state in {BLOCKED, DOWN}
    assert not any(ord(letter) < 32 or letter == "\u202e" for letter in setback.reason)


def closed(rcvd: Close | None, sent: Close | None, venue_first: bool) -> WebSocketException:
    first = venue_first if rcvd and sent else None
    return ConnectionClosedError(rcvd, sent, first)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer in time"),
        (ConnectionRefusedError(111, "x"), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "name not resolved"),
        (InvalidMessage("odd"), "no HTTP answer"),
        (aiohttp.ServerDisconnectedError(), "no HTTP answer"),
        (closed(Close(1001, "maintenance"), None, True), "by the venue: 1001 maintenance"),
        (closed(Close(1000, ""), Close(1000, ""), True), "by the venue: 1000"),
        (closed(Close(1009, ""), Close(1009, "too big"), False), "by us: 1009 too big"),
        (closed(None, None, False), "connection lost"),
    ],
)
def test_errors_have_words(error: Exception, words: str) -> None:
    setback = of_error(error, NOW, TIMING)
    assert setback.state is DOWN
    assert setback.wait == 0.0
    assert words in setback.reason


def test_matters_of_the_operator_are_blocked_for_minutes() -> None:
    untrusted = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed")
    for error in (untrusted, InvalidProxy("x://y", "scheme"), ImportError("python-socks")):
        setback = of_error(error, NOW, TIMING)
        assert (setback.state, setback.wait) == (BLOCKED, 300.0)


def test_an_embargo_stands_until_its_time() -> None:
    embargo = Embargo()
    embargo.impose(Setback(BLOCKED, "geoblock", 600.0), 0.0)
    assert embargo.standing(1.0) is None, "nobody ordered that"
    embargo.impose(Setback(BLOCKED, "long", 120.0, ordered=True), 0.0)
    embargo.impose(Setback(BLOCKED, "short", 7.0, ordered=True), 0.0)
    standing = embargo.standing(20.0)
    assert standing is not None
    assert (standing.reason, standing.wait, standing.ordered) == ("long", 100.0, True)
    assert embargo.standing(120.0) is None
