"""The notification library: a stand-in with its interface, since it is an extra."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from liqtui.clock import ManualClock
from liqtui.delivery import library
from liqtui.delivery.letter import letter
from liqtui.delivery.library import Library
from liqtui.delivery.secret import Secret
from liqtui.delivery.sink import Outcome, Verdict
from tests.delivery.receiver import START, alert, receiver, status

TOKEN = "123456789:AAEhBOweik9ai2o01sdf"
STAND_IN = """
import logging, threading, time
log = logging.getLogger("apprise")
told = []

class NotifyFormat:
    TEXT = "text"

class AppriseAsset:
    def __init__(self, **given):
        assert given == {"app_id": "liqtui"}

class Apprise:
    def __init__(self, asset):
        pass

    def add(self, url):
        self.url = url
        log.error("Could not load %s", url)
        return not url.startswith("odd:")

    def notify(self, body, title, body_format, timeout):
        complaints = []
        told.append((threading.current_thread().name, body, title, body_format))
        log.debug("POST https://api.telegram.org/bot%s", self.url)
        scheme, _, rest = self.url.partition("://")
        if scheme == "slow":
            time.sleep(5)
        if scheme == "broken":
            raise RuntimeError(self.url)
        if scheme == "fails":
            code = rest.rpartition("/")[2]
            log.warning("Failed to send to %s: error=%s.", self.url, code)
            complaints.append(f"Failed to send to {self.url}: error={code}.")
        return Result(scheme == "works", complaints)

class Result:
    def __init__(self, done, complaints):
        self.done, self.complaints = done, complaints

    def __bool__(self):
        return self.done

    def logs(self):
        return (type("Entry", (), {"message": one}) for one in self.complaints)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "apprise.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    yield
    sys.modules.pop("apprise", None)


class Everything(logging.Handler):
    """What any log would be given; pytest's own looks where no handler of ours would be."""

    def __init__(self) -> None:
        super().__init__(0)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage() + "\n"


@pytest.fixture
def logged() -> Iterator[Everything]:
    root, everything = logging.getLogger(), Everything()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(everything)
    yield everything
    root.removeHandler(everything)
    root.setLevel(before)


async def sent(url: str, text: str = "Burst", limit: float = 20.0) -> Outcome:
    return await Library(Secret(url), limit, ManualClock(START)).send(letter(alert(1, text)))


@pytest.mark.usefixtures("stand_in")
async def test_it_is_given_plain_words_in_a_thread_of_their_own() -> None:
    hostile = "<!channel> @everyone <@123> [x](http://evil.com) *b* _i_ `c` t.me/x"
    assert (await sent(f"works://{TOKEN}/1", hostile)).verdict is Verdict.SENT
    ((thread, body, title, form),) = sys.modules["apprise"].told
    assert (thread, title, form) == ("notify", "liqtui BTC burst", "text")
    assert not set("<>@[]*_`") & set(body)
    assert "evil.com" not in body
    assert "t.me" not in body


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        (f"fails://{TOKEN}/401", Verdict.REFUSED),
        (f"fails://{TOKEN}/404", Verdict.REFUSED),
        (f"fails://{TOKEN}/429", Verdict.LATER),
        (f"fails://{TOKEN}/503", Verdict.LATER),
        (f"mute://{TOKEN}/x", Verdict.LATER),
        (f"broken://{TOKEN}/x", Verdict.LATER),
        (f"odd://{TOKEN}/x", Verdict.LATER),
    ],
)
async def test_what_it_complains_of_is_told_without_the_secret(
    url: str, verdict: Verdict, logged: Everything
) -> None:
    outcome = await sent(url)
    assert outcome.verdict is verdict
    assert outcome.told
    assert TOKEN not in outcome.told + logged.text
    assert "AAEhBOweik9ai2o01sdf" not in outcome.told


@pytest.mark.usefixtures("stand_in")
async def test_one_that_does_not_come_back_is_not_waited_for() -> None:
    outcome = await sent(f"slow://{TOKEN}/x", limit=0.05)
    assert outcome == Outcome(Verdict.LATER, "no end after 0.05 s")


async def test_without_it_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    outcome = await sent(f"works://{TOKEN}/1")
    assert outcome.verdict is Verdict.LATER
    assert "liqtui[notify]" in outcome.told


SERVICES = (
    f"tgram://{TOKEN}/12315544",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "ntfys://topic-hunter22",
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own imports
@pytest.mark.skipif(not library.installed(), reason="the extra `notify` is not installed")
@pytest.mark.parametrize("url", SERVICES)
async def test_true_services_get_words_that_mention_and_link_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch, logged: Everything
) -> None:
    requests = pytest.importorskip("requests")
    posted: list[str] = []

    def request(_session: object, url: str, **given: object) -> object:
        posted.append(str(given.get("data") or given.get("json")))
        answer = requests.Response()
        answer.status_code, answer._content = 200, b"ok" if "slack" in url else b"{}"
        return answer

    monkeypatch.setattr(requests.sessions.Session, "request", request)
    hostile = "<!channel> <@U1> @everyone @here [x](http://evil.com) <a href='x'>y</a> /start"
    outcome = await sent(url, hostile)
    assert outcome.verdict is Verdict.SENT, outcome.told
    text = "".join(posted)
    for bad in ("<!channel", "<@U1", "@everyone", "@here", "](http", "evil.com", "<a ", " /start"):
        assert bad not in text
    assert "everyone" in text
    for part in url.split("/")[2:]:
        assert not part or part not in logged.text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own imports
@pytest.mark.skipif(not library.installed(), reason="the extra `notify` is not installed")
@pytest.mark.parametrize(
    ("code", "verdict"),
    [(200, Verdict.SENT), (404, Verdict.REFUSED), (429, Verdict.LATER), (500, Verdict.LATER)],
)
async def test_the_true_ones_complaints_are_understood(
    code: int, verdict: Verdict, logged: Everything
) -> None:
    async with receiver(status(code, b"no")) as here:
        url = here.url.replace("http://", "json://").replace("hook", TOKEN)
        outcome = await sent(url)
    assert outcome.verdict is verdict, outcome.told
    assert "BTC burst" in json.loads(here.got[0].body)["title"]
    assert TOKEN not in outcome.told + logged.text
