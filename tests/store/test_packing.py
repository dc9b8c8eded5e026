import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.store import packing
from liqtui.store.packing import NoZstdError, packer


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_gzip_that_is_flushed_is_gzip(blocks: list[bytes]) -> None:
    stream = packer("gzip")
    packed = b"".join(stream.add(block) + stream.flush() for block in blocks)
    assert gzip.decompress(packed + stream.end()) == b"".join(blocks)


def test_zstd_is_written_where_it_can_be_read() -> None:
    try:
        zstd = packing.zstd()
    except NoZstdError as error:
        pytest.skip(str(error))
    stream = packer("zstd")
    begun = stream.add(b"one\n") + stream.flush()
    assert zstd.ZstdDecompressor().decompress(begun) == b"one\n"
    assert zstd.decompress(begun + stream.end()) == b"one\n"


def test_a_missing_zstd_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(packing, "import_module", missing)
    with pytest.raises(NoZstdError, match=r"liqtui\[zstd\]"):
        packer("zstd")
