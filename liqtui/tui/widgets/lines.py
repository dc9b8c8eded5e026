"""The two single rows: the headline and the status line."""

from collections.abc import Sequence

from liqtui.tui.render.headline import headline
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.status import status
from liqtui.tui.widgets.pane import Rows


class HeadlineBar(Rows):
    """The line at the top."""

    def show(self, scene: Scene, width: int) -> None:
        """Draw a scene."""
        self.paint([headline(scene, width)])


class StatusBar(Rows):
    """The line at the bottom."""

    def __init__(self, name: str, hints: Sequence[tuple[str, str]]) -> None:
        super().__init__(name)
        self.hints = hints

    def show(
        self,
        scene: Scene,
        width: int,
        notice: str = "",
        wanted: str = "",
        sent: tuple[float, float] | None = None,
    ) -> None:
        """Draw a scene, what is to be said to the user, the filter, frames and bytes a second."""
        self.paint([status(scene, width, self.hints, notice, wanted, sent)])
