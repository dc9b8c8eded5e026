"""Single HTTP calls against servers that mean harm."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import aiohttp
import pytest
import trustme
from aiohttp import web

from liqtui.feeds import refusal
from liqtui.feeds.rest import Answer, BodyTooLargeError, Rest
from liqtui.feeds.timing import Timing
from tests.feeds import servers
from tests.feeds.rig import BLOCKED
from tests.feeds.servers import page, pages

CAP = 1 << 16


@pytest.fixture
async def rest() -> AsyncIterator[Rest]:
    async with Rest(Timing(call=20.0), cap=CAP) as client:
        yield client


async def test_an_answer_comes_with_its_status_and_headers(rest: Rest) -> None:
    async with pages(a=page('{"k":1}', status=400, X_Used="7")) as (url, asked):
        answer = await rest.get(f"{url}/a?s=币&x=1+1", {"X-Size": "1"})
    assert (answer.status, answer.body, answer.headers["x-used"]) == (400, b'{"k":1}', "7")
    assert asked == ["/a?s=%E5%B8%81&x=1+1"]


async def test_headers_reach_the_venue(rest: Rest) -> None:
    got: dict[str, str] = {}

    async def echo(request: web.Request) -> web.StreamResponse:
        got.update(request.headers)
        return web.Response()

    async with pages(a=echo) as (url, _):
        await rest.get(f"{url}/a", {"X-Size": "1"})
    assert got["X-Size"] == "1"
    assert got["User-Agent"].startswith("liqtui/")


async def test_a_compressed_answer_is_unpacked(rest: Rest) -> None:
    body = gzip.compress(b'{"k":1}')
    async with pages(a=page(body, Content_Encoding="gzip")) as (url, _):
        assert (await rest.get(f"{url}/a", {})).body == b'{"k":1}'


async def test_a_bomb_is_dropped_at_the_cap(rest: Rest) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    async with pages(a=page(bomb, Content_Encoding="gzip")) as (url, _):
        with pytest.raises(BodyTooLargeError):
            await rest.get(f"{url}/a", {})


async def test_a_body_over_the_cap_is_dropped(rest: Rest) -> None:
    async with pages(a=page(b"x" * (CAP + 1))) as (url, _):
        with pytest.raises(BodyTooLargeError):
            await rest.get(f"{url}/a", {})


async def test_what_only_claims_to_be_compressed_is_an_error(rest: Rest) -> None:
    async with pages(a=page(b"no zip", Content_Encoding="gzip")) as (url, _):
        with pytest.raises(aiohttp.ClientError):
            await rest.get(f"{url}/a", {})


async def test_a_redirect_is_an_answer_and_not_a_way(rest: Rest) -> None:
    async with (
        pages(b=page("secret")) as (elsewhere, asked),
        pages(a=page("", status=302, Location=f"{elsewhere}/b")) as (url, _),
    ):
        assert (await rest.get(f"{url}/a", {})).status == 302
    assert asked == []


async def test_a_slow_drip_ends_in_time() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    async with pages(a=drip) as (url, _), Rest(Timing(call=0.1)) as client:
        with pytest.raises(TimeoutError):
            await client.get(f"{url}/a", {})


async def test_an_untrusted_certificate_is_refused(rest: Rest) -> None:
    async with pages(tls=servers.certified(trustme.CA()), a=page("")) as (url, _):
        with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
            await rest.get(f"{url}/a", {})
    setback = refusal.of_error(caught.value, 0, Timing())
    assert setback.state is BLOCKED
    assert "TLS certificate not trusted" in setback.reason


@pytest.mark.parametrize(
    "said", [b"\x00\xff garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le", b""]
)
async def test_what_is_no_http_is_a_network_error(rest: Rest, said: bytes) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with servers.wire(talk) as host:
        with pytest.raises(refusal.ERRORS):
            await rest.get(f"http://{host}/a", {})


async def test_the_proxy_of_the_environment_is_used(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pages() as (proxy, _):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        answer: Answer = await rest.get("http://venue.invalid/a", {})
        assert answer.status == 404, "the proxy's own answer"
        monkeypatch.setenv("no_proxy", "venue.invalid")
        with pytest.raises(aiohttp.ClientConnectorDNSError):
            await rest.get("http://venue.invalid/a", {})
