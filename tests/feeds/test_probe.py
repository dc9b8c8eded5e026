import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
import trustme
from aiohttp import web

from liqtui.clock import ManualClock
from liqtui.feeds.probe import probe

NOW_S = 1_700_000_000


async def fine(_request: web.Request) -> web.Response:
    return web.Response(text="x", headers={"Date": formatdate(NOW_S, usegmt=True)})


async def ahead(_request: web.Request) -> web.Response:
    return web.Response(headers={"Date": formatdate(NOW_S + 90, usegmt=True)})


async def undated(_request: web.Request) -> web.Response:
    return web.Response(headers={"Date": "whenever"})


async def upgrade(request: web.Request) -> web.WebSocketResponse:
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    await answer.close()
    return answer


def status(code: int) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=code, headers={"Location": "http://127.0.0.1:1/"})

    return answer


@asynccontextmanager
async def host(tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/fine", fine)
    app.router.add_get("/ahead", ahead)
    app.router.add_get("/undated", undated)
    app.router.add_get("/ws", upgrade)
    for code in (302, 403, 404, 429, 451, 503):
        app.router.add_get(f"/{code}", status(code))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_host_that_answers_is_reached_and_tells_the_time() -> None:
    async with host() as at:
        urls = [f"http://{at}/fine", f"http://{at}/ahead", f"http://{at}/undated", f"ws://{at}/ws"]
        good, skewed, undated, upgraded = await probe(urls, ManualClock(NOW_S * 10**9))
    assert good.reached
    assert good.url == urls[0]
    assert "HTTP 200" in good.told
    assert good.skew_s is not None
    assert abs(good.skew_s) <= 1
    assert skewed.skew_s is not None
    assert abs(skewed.skew_s - 90) <= 1
    assert undated.reached
    assert undated.skew_s is None
    assert upgraded.reached
    assert "HTTP 101" in upgraded.told


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize(
    ("code", "reached", "word"),
    [
        (302, True, ""),
        (404, True, ""),
        (403, False, "refused"),
        (429, False, "too many calls"),
        (451, False, "blocked here"),
        (503, False, "out of order"),
    ],
)
async def test_a_status_tells_whether_we_are_served(
    scheme: str, code: int, reached: bool, word: str
) -> None:
    async with host() as at:
        (answer,) = await probe([f"{scheme}://{at}/{code}"], ManualClock())
    assert answer.reached is reached
    assert f"HTTP {code}" in answer.told
    assert word in answer.told


async def test_a_certificate_nobody_vouches_for_is_told() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with host(tls) as at:
        answers = await probe([f"https://{at}/fine", f"wss://{at}/ws"], ManualClock())
    for answer in answers:
        assert not answer.reached
        assert answer.told.startswith("TLS: ")
        assert "certificate verify failed" in answer.told


async def test_a_closed_port_a_silent_host_and_an_unknown_name_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with socket.create_server(("127.0.0.1", 0)) as other:
            closed = other.getsockname()[1]
        urls = [
            f"http://127.0.0.1:{closed}/",
            f"ws://127.0.0.1:{silent.getsockname()[1]}/",
            "http://no-such-host.invalid/",
        ]
        refused, mute, unnamed = await probe(urls, ManualClock(), timeout_s=0.5)
    assert not any(answer.reached for answer in (refused, mute, unnamed))
    assert refused.told == "Connection refused"
    assert mute.told == "no answer within 0.5 s"
    assert unnamed.told in {"its name is not found (DNS)", "no answer within 0.5 s"}


async def test_what_is_no_http_is_told() -> None:
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x1b[2Jgo away\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(rude, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        (answer,) = await probe([f"http://127.0.0.1:{port}/"], ManualClock())
    assert not answer.reached
    assert "\x1b" not in answer.told
