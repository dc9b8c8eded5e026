"""The app on a real terminal, for the tests that need one: counts looks at the source on a pipe."""

import os
import sys

from msgspec.structs import replace

from liqtui.model.alert import Alert, AlertKind
from liqtui.model.snapshot import Snapshot
from liqtui.model.view import View
from liqtui.settings import ScreenSettings
from liqtui.tui.app import LiqTui
from tests.tui.conftest import THEMES
from tests.tui.scene import NOON, SECOND, Stage, snapshot
from tests.tui.test_hostile import HOSTILE, poisoned

ALERT = Alert(number=1, at=NOON, kind=AlertKind.BURST, text="Burst \x1b[2J", base="BTC")


class Counting(Stage):
    """Makes every snapshot anew, so that equal ones are told by what they hold."""

    hostile = False
    moving = False
    alarmed = False
    passed = 0

    def look(self, view: View) -> None:
        self.views.append(view)

    def snapshot(self) -> Snapshot:
        os.write(int(sys.argv[1]), b".")
        view = self.views[-1] if self.views else View()
        self.passed += self.moving
        if self.hostile:
            return poisoned("".join(HOSTILE), view)
        shot = snapshot(view, NOON + self.passed * SECOND)
        return replace(shot, alerts=(ALERT,)) if self.alarmed else shot


def main() -> None:
    source = Counting()
    source.hostile, source.moving = "hostile" in sys.argv, "moving" in sys.argv
    source.alarmed = "alarmed" in sys.argv
    app = LiqTui(source, ScreenSettings(color="256", fps=20.0, heat_hz=10.0), [THEMES])
    app.run(mouse=False)
    sys.exit(app.return_code or 0)


if __name__ == "__main__":
    main()
