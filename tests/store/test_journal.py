import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.protocol.raw import Raw
from liqtui.store import journal


@given(st.binary(), st.sampled_from(["in", "out"]), st.integers(0, 2**62))
def test_a_line_comes_back_as_it_went(body: bytes, direction: str, seen: int) -> None:
    raw = Raw("toy", "a#1", direction, "ws://x/y?z=1", seen, body, 200, {"X-Used": "7"})  # type: ignore[arg-type]  # drawn from both values
    line = journal.format_line(raw)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert journal.parse(line.strip()) == raw


def test_a_string_body_is_text_and_not_decoded_twice() -> None:
    raw = journal.parse(b'{"venue":"toy","url":"ws://x","body":"{\\"a\\":\\"\\\\u00e9\\"}"}')
    assert raw.body == b'{"a":"\\u00e9"}'


def test_an_object_body_keeps_its_bytes() -> None:
    assert (
        journal.parse(b'{"url":"ws://x","body": {"p": 1.50, "a":[ ]}}').body
        == b'{"p": 1.50, "a":[ ]}'
    )


@pytest.mark.parametrize("frame", [b"pong", b"[1,2]", b'{"e":"forceOrder"}', b'"text"', b"\xff"])
def test_a_bare_frame_is_a_frame(frame: bytes) -> None:
    assert journal.parse(frame, "toy") == Raw("toy", "", "in", "", 0, frame)


def test_open_and_close_need_no_body() -> None:
    raw = journal.parse(b'{"venue":"toy","conn":"a#1","dir":"open","url":"ws://x","seen":5}')
    assert (raw.direction, raw.body, raw.seen) == ("open", b"", 5)


def test_compressed_lines_and_a_torn_tail(tmp_path: Path) -> None:
    whole = b"".join(gzip.compress(b'{"n":%d}\n' % n) for n in range(50))
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(whole[:-7])
    with journal.opened(str(path)) as file:
        found = list(journal.lines(file))
    assert found[:49] == [b'{"n":%d}' % n for n in range(49)]


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(journal.JournalError, match="no such file"),
        journal.opened(str(tmp_path / "no")),
    ):
        pass
    with pytest.raises(journal.JournalError, match="directory"), journal.opened(str(tmp_path)):
        pass
    path = tmp_path / "x.gz"
    path.write_bytes(b"not gzip")
    with (
        pytest.raises(journal.JournalError, match="not readable"),
        journal.opened(str(path)) as file,
    ):
        list(journal.lines(file))
