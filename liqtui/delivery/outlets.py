"""The sinks that settings ask for, each with what it is to be sent."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from liqtui.clock import Clock
from liqtui.delivery import library, program, secret
from liqtui.delivery.hours import Hours
from liqtui.delivery.secret import Secret, SecretError
from liqtui.delivery.signature import Key, KeyLengthError
from liqtui.delivery.sink import Sink
from liqtui.feeds.timing import Timing
from liqtui.model.alert import Alert
from liqtui.model.text import plain
from liqtui.settings import SinkSettings

COMMAND_LINE: Final = "on-alert"
"""The name of the sink that the command line asks for."""
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class OutletError(ValueError):
    """A sink that cannot be opened: which, by which of its keys, and why."""

    def __init__(self, name: str, key: str, reason: str) -> None:
        self.path = ("alerts", "sinks", name, key)
        super().__init__(f"{'.'.join(self.path)}: {plain(reason, 300)}")


class Outlet(Struct, frozen=True):
    """One sink, not opened yet: what opening it imports is not needed before the first frame."""

    name: str
    settings: SinkSettings
    open: Callable[[], Sink]
    hours: Hours = Hours("", "utc")
    """In which it is left alone."""

    def wants(self, alert: Alert) -> bool:
        """Tell whether an alert is to be sent there."""
        wanted = self.settings
        return (
            (not wanted.kinds or alert.kind.value in wanted.kinds)
            and (alert.usd is None or alert.usd >= wanted.least)
            and (not wanted.bases or not alert.base or alert.base in wanted.bases)
            and (not wanted.confidence or alert.confidence in {"", *wanted.confidence})
        )


def outlets(
    sinks: Mapping[str, SinkSettings],
    environ: Mapping[str, str],
    clock: Clock,
    zone: str = "utc",
) -> Iterator[Outlet]:
    """Yield the sinks that are enabled; their secrets are read now.

    Args:
        sinks: by name.
        environ: where some secrets are.
        clock: for the timestamps of signatures.
        zone: of quiet hours.

    Raises:
        OutletError: one cannot be opened.
    """
    for name, wanted in sinks.items():
        if wanted.enabled:
            opener = _opener(name, wanted, environ, clock)
            yield Outlet(name, wanted, opener, Hours(wanted.quiet, zone))


def _opener(
    name: str, wanted: SinkSettings, environ: Mapping[str, str], clock: Clock
) -> Callable[[], Sink]:
    limit = wanted.timeout_s
    match wanted.kind:
        case "command":
            _check_program(name, "command", wanted.command[0])
            return lambda: program.Program(name, wanted.command, limit)
        case "desktop":
            _check_program(name, "kind", program.NOTIFIER)
            return lambda: program.desktop(name, limit, clock)
        case "notify":
            address = _secret(name, "url", wanted.url, environ)
            if not library.installed():
                raise OutletError(name, "kind", library.MISSING)
            return lambda: library.Library(address, limit, clock)
        case "webhook":
            return _webhook(name, wanted, environ, clock)


def _check_program(name: str, key: str, found: str) -> None:
    if shutil.which(found) is None:
        raise OutletError(name, key, f"there is no program {found}")


def _webhook(
    name: str, wanted: SinkSettings, environ: Mapping[str, str], clock: Clock
) -> Callable[[], Sink]:
    url = _secret(name, "url", wanted.url, environ)
    if not _safe(url.reveal()):
        raise OutletError(name, "url", "it is an https URL, or a http one on this very machine")
    signing = _secret(name, "secret", wanted.secret, environ) if wanted.secret else None
    try:
        _ = Key(signing) if signing else None
    except KeyLengthError as error:
        raise OutletError(name, "secret", str(error)) from error

    def made() -> Sink:
        from liqtui.delivery.webhook import Webhook

        return Webhook(url, signing, Timing(call=wanted.timeout_s), clock)

    return made


def _secret(name: str, key: str, reference: str, environ: Mapping[str, str]) -> Secret:
    if reference.startswith("http"):
        return Secret(reference)
    try:
        return secret.read(reference, environ)
    except SecretError as error:
        raise OutletError(name, key, str(error)) from error


def _safe(url: str) -> bool:
    """Tell whether what is sent to a URL cannot be read on the way."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )
