"""The pane that says how right the estimate has been."""

from liqtui.tui.render.frame import Title
from liqtui.tui.render.line import Cells
from liqtui.tui.render.scene import Scene
from liqtui.tui.render.score import score
from liqtui.tui.widgets.lists import Window
from liqtui.tui.widgets.pane import Pane


class ScorePane(Pane):
    """Grades of every method and the clusters touched last."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.window = Window()

    def title(self, scene: Scene) -> Title:
        """Say since when the maps are judged."""
        found, muted = scene.snapshot.score, scene.palette.muted
        if found is None or not found.since:
            return Title("Score", 7)
        since = f"since {scene.zone.clock(found.since)}"
        return Title("Score", 7, ((found.shown, muted),), (((since, muted),),))

    def body(self, scene: Scene, width: int, height: int) -> list[Cells]:
        """Draw the rows of the window."""
        found = scene.snapshot.score
        count = 0 if found is None else len(found.grades) + len(found.touches) + 4
        self.window.hold(count, height)
        return score(scene, width, height, self.window.first)

    def move(self, way: str) -> None:
        """Scroll."""
        self.window.move(way)
