from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.protocol.raw import Raw
from liqtui.store.journal import JournalError, format_line
from liqtui.store.packing import Gzip
from liqtui.store.segments import Recording, name, segments
from tests.making import START, at

SUFFIX = ".jsonl.gz"


def raw(seconds: float, body: bytes = b"{}") -> Raw:
    return Raw("toy", "a#1", "in", "ws://toy.example", at(seconds), body)


def put(folder: Path, number: int, *lines: Raw, ended: bool = True) -> Path:
    packer = Gzip()
    data = packer.add(b"".join(map(format_line, lines))) + packer.flush()
    path = folder / name(number, lines[0].seen, SUFFIX)
    path.write_bytes(data + (packer.end() if ended else b""))
    return path


def read(path: Path) -> tuple[list[Raw], list[str]]:
    told: list[str] = []
    return list(Recording(str(path), told.append).raws()), told


@given(st.integers(0, 4_000_000_000_000_000_000), st.integers(1, 999_999_999))
def test_a_name_tells_number_and_beginning(start: int, number: int) -> None:
    known = name(number, start, SUFFIX)
    assert known == Path(known).name
    assert len(known.partition("-")[0]) >= 6


def test_a_folder_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    put(tmp_path, 2, raw(60))
    put(tmp_path, 10, raw(30))  # the clock was put back
    put(tmp_path, 1, raw(0), raw(1))
    (tmp_path / "notes.txt").write_text("mine")
    found = segments(tmp_path)
    assert [(segment.number, segment.start) for segment in found] == [
        (1, START),
        (2, at(60)),
        (10, at(30)),
    ]
    assert read(tmp_path) == ([raw(0), raw(1), raw(60), raw(30)], [])


def test_a_moment_is_in_the_segment_that_began_before_it(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path, number + 1, raw(number * 60))
    recording = Recording(str(tmp_path), print)
    assert [recording.at(at(s)) for s in (-5, 0, 59, 60, 119, 120, 9000)] == [0, 0, 0, 1, 1, 2, 2]
    assert [line.seen for line in recording.raws(1)] == [at(60), at(120)]
    assert [line.seen for line in recording.raws(0, 1)] == [START]


def test_a_segment_that_was_not_ended_is_read_and_told(tmp_path: Path) -> None:
    put(tmp_path, 1, raw(0), ended=False)
    put(tmp_path, 2, raw(60))
    found, (told,) = read(tmp_path)
    assert found == [raw(0), raw(60)]
    assert told.startswith("000001-")
    assert "cut off after 1 lines" in told


def test_every_cut_through_the_last_block_leaves_what_came_before(tmp_path: Path) -> None:
    packer = Gzip()
    first, last = [raw(n, b"x%d" % n) for n in range(20)], [raw(n) for n in range(20, 40)]
    whole = packer.add(b"".join(map(format_line, first))) + packer.flush()
    ends = packer.add(b"".join(map(format_line, last))) + packer.flush() + packer.end()
    path = tmp_path / name(1, START, SUFFIX)
    for length in range(len(ends) + 1):
        path.write_bytes(whole + ends[:length])
        found, told = read(path)
        assert found == (first + last)[: len(found)]
        assert len(found) >= len(first)
        assert bool(told) == (length < len(ends))
    assert found == first + last


def test_every_cut_through_the_first_block_is_no_failure(tmp_path: Path) -> None:
    path = put(tmp_path, 1, raw(0), raw(1))
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        found, told = read(path)
        assert found == [raw(0), raw(1)][: len(found)]
        assert len(told) == 1


def test_folders_that_hold_no_journal_say_what_they_hold(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"no segment of a journal in this folder$"):
        Recording(str(tmp_path), print)
    (tmp_path / "20260921T141400Z").mkdir()
    with pytest.raises(JournalError, match="there are 20260921T141400Z in it"):
        Recording(str(tmp_path), print)


def test_two_journals_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path, 1, raw(0))
    put(tmp_path, 1, raw(60))
    with pytest.raises(JournalError, match="two segments"):
        Recording(str(tmp_path), print)


def test_what_is_broken_and_not_cut_is_an_error(tmp_path: Path) -> None:
    path = put(tmp_path, 1, *(raw(n, b"%d" % (n * 7919)) for n in range(200)))
    whole = bytearray(path.read_bytes())
    whole[40:60] = bytes(20)
    path.write_bytes(whole)
    with pytest.raises(JournalError, match="not readable as 000001"):
        read(path)
