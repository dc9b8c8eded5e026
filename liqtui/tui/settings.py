"""What a user may choose about the screen."""

from typing import Literal, TypeAlias

from msgspec import Struct

ColourMode: TypeAlias = Literal["auto", "truecolor", "256", "16", "none"]
MouseMode: TypeAlias = Literal["auto", "on", "off"]


class ScreenSettings(Struct, frozen=True, kw_only=True):
    """How the screen looks and how often it is painted."""

    theme: str = "night"
    color: ColourMode = "auto"
    """``auto`` takes what Textual found, so ``TEXTUAL_COLOR_SYSTEM`` must be set before it is
    imported when the mode is not ``auto``."""
    ascii: bool = False
    """No glyph outside ASCII, for fonts without blocks."""
    zone: str = "utc"
    """``utc``, ``local`` or an IANA name."""
    fps: float = 4.0
    """Snapshots looked at per second."""
    heat_hz: float = 2.0
    """Repaints of the heatmap per second, when nobody asked for another view."""
    mouse: MouseMode = "auto"
    """``auto`` is off over SSH; the caller decides before the terminal is opened."""
    low_bandwidth: bool = False
    """Halve both rates."""

    @property
    def tick_s(self) -> float:
        """Seconds between two looks at the snapshot."""
        return 1.0 / (self.fps / 2 if self.low_bandwidth else self.fps)

    @property
    def heat_every(self) -> int:
        """Ticks from one repaint of the heatmap to the next."""
        hz = self.heat_hz / 2 if self.low_bandwidth else self.heat_hz
        return max(1, round(1.0 / (hz * self.tick_s)))
