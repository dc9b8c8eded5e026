"""Single tries against a server that means well, or does not."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trustme

from liqtui.clock import ManualClock, SystemClock
from liqtui.delivery.letter import letter
from liqtui.delivery.secret import Secret
from liqtui.delivery.sink import Outcome, Verdict
from liqtui.delivery.webhook import Webhook
from liqtui.feeds.timing import Timing
from tests.delivery import receiver as served
from tests.delivery.receiver import SECRET, START, Reply, alert, receiver, status
from tests.delivery.test_signature import verifier
from tests.feeds import servers

LETTER = letter(alert())
LONG, SHORT = Timing(call=20.0), Timing(call=0.3)


def webhook(url: str, timing: Timing = LONG, secret: str = SECRET) -> Webhook:
    return Webhook(Secret(url), Secret(secret) if secret else None, timing, ManualClock(START))


async def tried(*script: Reply, timing: Timing = LONG) -> Outcome:
    async with receiver(*script) as here:
        return await webhook(here.url, timing).send(LETTER)


async def test_the_body_is_the_letter_and_the_signature_is_right() -> None:
    async with receiver() as here:
        outcome = await webhook(here.url).send(LETTER)
    assert outcome == Outcome(Verdict.SENT, "HTTP 200")
    (got,) = here.got
    assert (got.path, got.body) == ("/hook", LETTER.body)
    assert got.headers["content-type"] == "application/json"
    assert verifier()(SECRET, got.headers, got.body, START // 10**9)


async def test_without_a_secret_it_is_not_signed_but_has_its_id() -> None:
    async with receiver() as here:
        await webhook(here.url, secret="").send(LETTER)
    assert here.ids == [LETTER.id]
    assert "webhook-signature" not in here.got[0].headers


@pytest.mark.parametrize("code", [200, 201, 202, 204])
async def test_any_success_is_one(code: int) -> None:
    assert (await tried(status(code))).verdict is Verdict.SENT


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 410, 413, 422])
async def test_a_refusal_is_final(code: int) -> None:
    outcome = await tried(status(code, b"no such hook"))
    assert outcome.verdict is Verdict.REFUSED
    assert f"HTTP {code}: no such hook" in outcome.told


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(code: int) -> None:
    assert (await tried(status(code))).verdict is Verdict.LATER


async def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    date = datetime.fromtimestamp(START / 1e9, UTC) + timedelta(seconds=90)
    assert (await tried(status(429, Retry_After="7"))).wait == 7.0
    assert (await tried(status(503, Retry_After=format_datetime(date, usegmt=True)))).wait == 90.0
    assert (await tried(status(429, Retry_After="soon"))).wait == 0.0


async def test_a_redirect_is_not_followed() -> None:
    async with receiver() as other, receiver(status(302, Location=other.url)) as here:
        outcome = await webhook(here.url).send(LETTER)
    assert outcome.verdict is Verdict.LATER
    assert "redirect" in outcome.told
    assert not other.got


@pytest.mark.parametrize("fault", [served.hang, served.drip, served.reset])
async def test_no_answer_is_none(fault: Reply) -> None:
    assert (await tried(fault, timing=SHORT)).verdict is Verdict.LATER


@pytest.mark.parametrize("body", [served.endless, served.dripping])
async def test_what_follows_the_status_neither_holds_nor_undoes_it(body: object) -> None:
    assert callable(body)
    assert (await tried(body(200))).verdict is Verdict.SENT
    assert (await tried(body(404))).verdict is Verdict.REFUSED
    assert len((await tried(body(500))).told) < 300


async def test_nobody_listening_is_no_answer() -> None:
    async with receiver() as here:
        url = here.url
    outcome = await webhook(url).send(LETTER)
    assert outcome.verdict is Verdict.LATER
    assert outcome.told


async def test_a_certificate_that_nobody_knows_is_refused() -> None:
    context = servers.certified(trustme.CA())
    async with servers.pages(tls=context) as (url, asked):
        sink = Webhook(Secret(f"{url}/a"), None, Timing(call=20.0), SystemClock())
        outcome = await sink.send(LETTER)
    assert outcome.verdict is Verdict.LATER
    assert "certificate" in outcome.told
    assert not asked


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/hook"))
        monkeypatch.setenv("no_proxy", "")
        outcome = await webhook("http://hooks.example/x").send(LETTER)
    assert outcome.verdict is Verdict.SENT
    assert [got.path for got in proxy.got] == ["http://hooks.example/x"]


async def test_no_secret_comes_back_in_words() -> None:
    async with receiver() as here:
        url = f"{here.url}/T0B1C2D3/hunter22?token=abcdefgh"
        here.script.append(status(400, f"bad {url} {SECRET}".encode()))
        here.script.append(status(302, Location=f"{url}&x"))
        told = [(await webhook(url).send(LETTER)).told for _ in range(2)]
    told.append((await webhook(url).send(LETTER)).told)
    for secret in ("T0B1C2D3", "hunter22", "abcdefgh", SECRET[6:]):
        assert not any(secret in one for one in told)


def test_none_is_seen_in_what_it_is_made_of() -> None:
    sink = webhook("https://hooks.example/hunter22")
    assert "hunter22" not in repr(vars(sink))
    assert SECRET[6:] not in repr(vars(sink))
