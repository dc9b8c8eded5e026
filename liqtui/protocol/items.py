"""What reading a frame can give besides events."""

from typing import TypeAlias

from msgspec import Struct

from liqtui.model.events import MarketEvent


class Reply(Struct, frozen=True, gc=False):
    """A frame to send back at once: a demanded pong, a corrected subscription."""

    frame: str


class Ack(Struct, frozen=True, gc=False):
    """The venue accepted a subscription; no proof that data will come."""

    topic: str


class Pong(Struct, frozen=True, gc=False):
    """An answer to our heartbeat: the line is alive, which says nothing of the data."""


class Rejected(Struct, frozen=True, gc=False, omit_defaults=True):
    """The venue refused a subscription: that topic is dropped and shown, the rest lives."""

    topic: str
    reason: str
    """The venue's own words."""
    often: bool = False
    """For too many calls: later it may be answered, and until then nobody asks for anything."""


class Closing(Struct, frozen=True, gc=False):
    """The venue announced that it will close this connection: open the next one now."""

    reason: str


class Unknown(Struct, frozen=True, gc=False):
    """A message of a kind this venue file does not know: counted and shown, never an error."""

    kind: str


class Malformed(Struct, frozen=True, gc=False):
    """A message (or one item of it) of a known kind that cannot be true or read."""

    reason: str


Item: TypeAlias = MarketEvent | Reply | Ack | Pong | Rejected | Closing | Unknown | Malformed
