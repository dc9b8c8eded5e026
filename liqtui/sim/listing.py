"""What the wires of all exchanges have in common."""

from collections.abc import Collection, Mapping, Sequence
from typing import Self

from msgspec import Struct, structs

from liqtui.sim.wire import Contract


class Listing(Struct, frozen=True, kw_only=True):
    """The contracts an exchange lists, and the single form of message that most have."""

    contracts: tuple[Contract, ...]

    def facing(self, headers: Mapping[str, str]) -> Self:
        """Return the same: what a client sends as headers changes nothing."""
        return self

    def listing_only(self, symbols: Collection[str]) -> Self:
        """Return the wire with no other contracts."""
        kept = tuple(one for one in self.contracts if one.symbol in symbols)
        return structs.replace(self, contracts=kept)

    def variants(self) -> Sequence[Self]:
        """Return the only form."""
        return (self,)
