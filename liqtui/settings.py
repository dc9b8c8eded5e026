"""Everything that can be set: one Struct a table of the file, each key documented under it.

`liqtui.config` reads them from their layers; `config.example.toml` is held equal by a test.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Base = Annotated[str, Meta(pattern=r"^[^\sa-z]{1,40}$", description="a coin such as BTC")]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$", description="a lower-case name")]
Url = Annotated[str, Meta(pattern=r"^(ws|http)s?://[^\s/]\S*$", description="a ws or http URL")]

Kind = Literal[
    "approach", "touched", "fired", "failed", "likely", "cascade", "burst", "print", "funding",
    "flip", "interest", "feed", "confidence", "storm",
]  # fmt: skip
Target = Annotated[
    str,
    Meta(
        pattern=r"^((https?://|env:|file:)\S+)?$",
        description="an https URL, env:NAME or file:PATH",
    ),
]
Reference = Annotated[
    str, Meta(pattern=r"^((env|file):\S+)?$", description="env:NAME or file:PATH")
]
Quiet = Annotated[
    str,
    Meta(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
        description="empty or hours such as 22:00-07:00",
    ),
]
Address = Annotated[
    str,
    Meta(pattern=r"^(\S+:\d{1,5})?$", description="empty or an address such as 127.0.0.1:9464"),
]


class WatchSettings(Struct, frozen=True, kw_only=True):
    """What is watched."""

    base: Base = "BTC"
    """The coin shown first."""
    watched: tuple[Base, ...] = ("BTC", "ETH", "SOL")
    """The coins whose trades and funding are taken in; liquidations are taken in of all."""
    venues: tuple[str, ...] = ()
    """The venues connected to; empty: all."""

    @property
    def bases(self) -> tuple[str, ...]:
        """Every coin to take in: the one shown first belongs to them."""
        return tuple(dict.fromkeys((self.base, *self.watched)))


class VenueSettings(Struct, frozen=True, kw_only=True):
    """One venue's own settings."""

    enabled: bool = True
    """Whether it may be contacted at all."""
    markets: tuple[str, ...] = ()
    """The product lines taken in; empty: all."""
    hosts: dict[str, Url] = {}
    """Base URLs to use instead of the venue's, by role: a proxy, another region, a test server."""


class ScreenSettings(Struct, frozen=True, kw_only=True):
    """How the terminal is used."""

    theme: Name = "night"
    """A shipped theme, or one in the folder ``themes`` beside the user's file."""
    color: Literal["auto", "truecolor", "256", "16", "none"] = "auto"
    """How many colours the terminal is given; ``auto`` reads the environment."""
    ascii: bool = False
    """Draw with ASCII only, for fonts without block characters."""
    zone: str = "utc"
    """``utc``, ``local`` or an IANA zone such as ``Europe/Berlin``."""
    fps: Annotated[float, Meta(ge=0.2, le=30)] = 4.0
    """Frames a second at most; frames are left out when the terminal lags."""
    heat_hz: Annotated[float, Meta(ge=0.1, le=10)] = 2.0
    """Repaints of the heatmap a second at most, while nobody moves it."""
    mouse: Literal["auto", "on", "off"] = "auto"
    """``auto``: on, except over SSH."""
    low_bandwidth: bool = False
    """Draw half as often, and send the terminal no more than 6 kB/s for long."""
    keys: dict[str, Annotated[str, Meta(min_length=1)]] = {}
    """Action to the keys that call it, separated by commas; others keep theirs."""


class TapeSettings(Struct, frozen=True, kw_only=True):
    """The tape of liquidations."""

    least: Annotated[float, Meta(ge=0, le=1e12)] = 10_000.0
    """USD under which a liquidation is not shown."""
    keep: Annotated[int, Meta(ge=100, le=1_000_000)] = 20_000
    """Rows kept to scroll back in."""
    burst_s: Annotated[float, Meta(ge=0, le=60)] = 2.0
    """Seconds within which prints of one contract and side share a row; 0: each has its own."""


class HeatmapSettings(Struct, frozen=True, kw_only=True):
    """The estimated map."""

    column_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    """Seconds a column stands for."""
    bins: Annotated[int, Meta(ge=0, le=100)] = 0
    """Price bins of 0.10 % that a row sums; 0: as many as show about 8 % of price."""


class QuarantineSettings(Struct, frozen=True, kw_only=True):
    """When a liquidation is too odd to count: it is shown with ``?`` and left out of the totals."""

    oi_share: Annotated[float, Meta(ge=0.001, le=1)] = 0.05
    """More than this fraction of the market's open interest at once."""
    mark_distance: Annotated[float, Meta(ge=0.001, le=1)] = 0.2
    """A price further from the mark than this fraction."""


class SinkSettings(Struct, frozen=True, kw_only=True):
    """Where alerts are sent, beside the terminal."""

    enabled: bool = True
    """Whether anything is."""
    kind: Literal["webhook", "notify", "desktop", "command"] = "webhook"
    """A POST of JSON; an address of the library Apprise; this machine's desktop; a program."""
    url: Target = ""
    """The webhook, or where its address or the library's is kept: env:NAME or file:PATH."""
    secret: Reference = ""
    """What a webhook is signed with: env:NAME or file:PATH, a file that only its owner reads."""
    command: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """The program and its arguments; it finds the alert on its input, as JSON."""
    kinds: tuple[Kind, ...] = ()
    """The kinds sent; empty: all that are told."""
    least: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    """USD under which nothing is sent; what has no size is."""
    bases: tuple[Base, ...] = ()
    """The coins whose alerts are sent; empty: all. What is about no coin always is."""
    confidence: tuple[Literal["low", "medium", "high"], ...] = ()
    """How sure an estimate must be, where one is told; empty: however."""
    per_minute: Annotated[float, Meta(ge=0.1, le=600)] = 20.0
    """Sent a minute, a quarter of them at once; what is beyond waits."""
    timeout_s: Annotated[float, Meta(ge=0.1, le=120)] = 10.0
    """Seconds that one try may take."""
    quiet: Quiet = ""
    """Hours of the screen's clock in which nothing is sent, such as 22:00-07:00; what came then is
    summed up in one when they end."""
    give_up_s: Annotated[float, Meta(ge=1, le=604_800)] = 21_600.0
    """Seconds after which what could not be sent is put into the file of dead letters."""

    def lacks(self) -> tuple[str, str] | None:
        """Return a key and what is wrong with it for this kind; None: nothing."""
        if self.kind == "command":
            return None if self.command else ("command", "must name a program")
        if self.kind == "desktop":
            return None
        if not self.url:
            return "url", "must say where: an https URL, env:NAME or file:PATH"
        if self.kind == "notify" and self.url.startswith("http"):
            return "url", "must be env:NAME or file:PATH, since all of the address is secret"
        return None


class AlertSettings(Struct, frozen=True, kw_only=True):
    """What is told at once, and how."""

    enabled: bool = True
    """Whether anything is."""
    least: Annotated[float, Meta(ge=0, le=1e12)] = 100_000.0
    """USD under which nothing is told; above, every coin's own usual sizes decide."""
    kinds: tuple[Kind, ...] = ()
    """The kinds told; empty: all."""
    per_minute: Annotated[int, Meta(ge=1, le=1000)] = 10
    """Alerts a minute; what is beyond comes as one digest, but a cascade at once."""
    bell: bool = True
    """Ring the terminal's bell."""
    notify: Literal["off", "osc9", "osc777", "osc99"] = "osc9"
    """The escape sequence by which the terminal is asked for a notification on the desktop."""
    quiet: Quiet = ""
    """Hours of the screen's clock without bell and notification, such as 22:00-07:00; a sink has
    its own."""
    sinks: dict[str, SinkSettings] = {}
    """Where else they are sent, by a name of the user's."""


class ArchiveSettings(Struct, frozen=True, kw_only=True):
    """What ``watch`` keeps of what it hears; see docs/archive.md."""

    enabled: bool = True
    """Whether anything is kept, and what was is shown at the next start."""
    days: Annotated[float, Meta(ge=1, le=3650)] = 30.0
    """Days for which it is."""
    max_mb: Annotated[int, Meta(ge=50, le=1_000_000)] = 2000
    """MB from which on the oldest is deleted sooner."""
    sample_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0
    """Seconds between two samples of a contract's open interest and funding."""


class CollectSettings(Struct, frozen=True, kw_only=True):
    """What a collector serves beside its local socket."""

    metrics: Address = ""
    """Where Prometheus finds metrics, such as 127.0.0.1:9464; empty: nowhere."""
    expose: bool = False
    """Whether that may be an address that other machines can reach."""


class LogSettings(Struct, frozen=True, kw_only=True):
    """The log in the state directory."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious kind of line written."""
    keep: Annotated[int, Meta(ge=0, le=50)] = 5
    """Old files of 1 MiB kept beside the present one."""


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    watch: WatchSettings = WatchSettings()
    venues: dict[str, VenueSettings] = {}
    screen: ScreenSettings = ScreenSettings()
    tape: TapeSettings = TapeSettings()
    heatmap: HeatmapSettings = HeatmapSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    alerts: AlertSettings = AlertSettings()
    archive: ArchiveSettings = ArchiveSettings()
    collect: CollectSettings = CollectSettings()
    log: LogSettings = LogSettings()
