"""What is said of the feeds, passed on to the estimators that listen."""

from collections.abc import Iterable

from liqtui.estimator import Attentive, Estimator
from liqtui.model.events import FeedStatus, Gap
from liqtui.store.feeds import FeedStates


class Heard:
    """See the module.

    Args:
        estimators: those that are fed from where the feeds are heard.
    """

    def __init__(self, estimators: Iterable[Estimator]) -> None:
        self._listening = [each for each in estimators if isinstance(each, Attentive)]
        self._feeds = FeedStates()

    def take(self, event: FeedStatus | Gap) -> None:
        """Tell of a hole, or of a venue whose feeds are not well or well again."""
        if isinstance(event, Gap):
            for each in self._listening:
                each.missed(event)
            return
        self._feeds.apply(event)
        for venue, ill in self._feeds.ill().items():
            for each in self._listening:
                each.ail(venue, ill=ill)
