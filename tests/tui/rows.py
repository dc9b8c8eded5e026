from collections.abc import Iterable

from rich.segment import Segment


def text_of(cells: Iterable[Segment]) -> str:
    """Return what a row says."""
    return "".join(segment.text for segment in cells)
