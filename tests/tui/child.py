"""The app on a real terminal, for the tests that need one: counts looks at the source on a pipe."""

import os
import sys

from liqtui.config import ScreenSettings
from liqtui.model.snapshot import Snapshot, View
from liqtui.tui.app import LiqTui
from tests.tui.conftest import THEMES
from tests.tui.scene import NOON, SECOND, Stage, snapshot
from tests.tui.test_hostile import HOSTILE, poisoned


class Counting(Stage):
    """Makes every snapshot anew, so that equal ones are told by what they hold."""

    hostile = False
    moving = False
    passed = 0

    def look(self, view: View) -> None:
        self.views.append(view)

    def snapshot(self) -> Snapshot:
        os.write(int(sys.argv[1]), b".")
        view = self.views[-1] if self.views else View()
        self.passed += self.moving
        if self.hostile:
            return poisoned("".join(HOSTILE), view)
        return snapshot(view, NOON + self.passed * SECOND)


def main() -> None:
    source = Counting()
    source.hostile, source.moving = "hostile" in sys.argv, "moving" in sys.argv
    app = LiqTui(source, ScreenSettings(color="256", fps=20.0, heat_hz=10.0), [THEMES])
    app.run(mouse=False)
    sys.exit(app.return_code or 0)


if __name__ == "__main__":
    main()
