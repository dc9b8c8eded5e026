"""Alerts that reach a person who looks elsewhere: the bell, and the desktop through the terminal.

Sequences: OSC 9 (iTerm2), OSC 777 (urxvt), OSC 99 (kitty). tmux swallows all but the bell, unless
they come wrapped and its ``allow-passthrough`` is on (docs/ecosystem.md 2.4).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from liqtui.model.alert import Alert, quiet
from liqtui.model.text import plain
from liqtui.settings import AlertSettings
from liqtui.terminal import surroundings
from liqtui.tui.render.times import Zone

_LENGTH: Final = 300
_NEWS: Final = 60_000_000_000
"""Nanoseconds for which an alert is worth a bell."""
_BELL: Final = "\x07"
_END: Final = "\x1b\\"
_FORMS: Final = {
    "osc9": "\x1b]9;{}" + _END,
    "osc777": "\x1b]777;notify;liqtui;{}" + _END,
    "osc99": "\x1b]99;;{}" + _END,
}
_DEAF: Final = frozenset({"linux", "dumb", ""})
"""Terminals that print what they do not know."""


class Alarm:
    """Turns alerts into what is written to the terminal, each once.

    Args:
        settings: what is wanted.
        environ: says what lies between us and the terminal.
    """

    def __init__(self, settings: AlertSettings, environ: Mapping[str, str]) -> None:
        self._deaf = environ.get("TERM", "") in _DEAF
        self._wrapped = "tmux" in surroundings(environ)
        self._last = (0, 0)
        self.adopt(settings)

    def adopt(self, settings: AlertSettings) -> None:
        """Tell them as other settings want, from now on."""
        self._settings = settings
        self._form = "" if self._deaf else _FORMS.get(settings.notify, "")

    def fresh(self, alerts: Sequence[Alert], now: int) -> list[Alert]:
        """Return those not seen before that are to disturb, newest first.

        Args:
            alerts: the newest, newest first; a collector that was started anew counts from 1.
            now: UTC ns. What a collector or a former run told long ago is no news.
        """
        found = [alert for alert in alerts if (alert.at, alert.number) > self._last]
        if found:
            self._last = found[0].at, found[0].number
        return [alert for alert in found if not alert.hushed and now - alert.at <= _NEWS]

    def sequence(self, alerts: Sequence[Alert], zone: Zone, source: str = "live") -> str:
        """Return what tells of fresh alerts: one bell, one notification.

        Args:
            alerts: newest first.
            zone: of quiet hours.
            source: of the alerts; anything but ``live`` is written in front of the sentence, since
                the desktop shows no more of us than that.
        """
        if not alerts or quiet(self._settings.quiet, f"{zone.moment(alerts[0].at):%H:%M}"):
            return ""
        return (_BELL if self._settings.bell else "") + self._notification(
            alerts, "" if source == "live" else f"{source.upper()} "
        )

    def _notification(self, alerts: Sequence[Alert], mark: str) -> str:
        if not self._form:
            return ""
        more = f" (+{len(alerts) - 1} more)" if len(alerts) > 1 else ""
        text = self._form.format(plain(mark + alerts[0].line, _LENGTH).replace(";", ",") + more)
        if not self._wrapped:
            return text
        return "\x1bPtmux;" + text.replace("\x1b", "\x1b\x1b") + _END
