"""How patient the feeds are, in one place; tests hand in smaller numbers."""

from msgspec import Struct


class Timing(Struct, frozen=True):
    """Durations in seconds; sources: docs/ecosystem.md 3.2 and 3.3."""

    open: float = 10.0
    """For an opening handshake."""
    answer: float = 10.0
    """For the first frame after a subscription was asked for."""
    call: float = 30.0
    """For a whole REST call."""
    close: float = 0.5
    """For a closing handshake: what stopping may cost."""
    ping: float = 20.0
    """Between two protocol pings; also for their answer."""

    base: float = 1.0
    """Of the back-off."""
    cap: float = 60.0
    """Of the back-off."""
    knock: float = 10.0
    """Of the back-off that a host's sockets have in common while it serves none of them."""
    settle: float = 60.0
    """With data before a connection counts as good and the back-off starts anew."""
    blocked: float = 600.0
    """Between two probes of a venue that does not serve this address."""
    untrusted: float = 300.0
    """After a certificate that does not verify."""
    rejected: float = 300.0
    """After every subscription was refused."""
    throttled: float = 60.0
    """After HTTP 429 without Retry-After."""
    banned: float = 120.0
    """The least after HTTP 418."""
    frequent: float = 600.0
    """After HTTP 403 that complains of our rate."""

    connects: int = 10
    """Reconnects of one venue in `connects_window`."""
    connects_window: float = 60.0
    spacing: float = 0.1
    """Between any two connects to one venue."""

    early: float = 3600.0
    """Before a planned cut, give or take half of it, the next connection is opened."""
    overlap: float = 2.0
    """For which two connections run beside each other once the new one has proved itself."""
    window: float = 5.0
    """In which an event that two connections bring is one event."""

    tick: float = 1.0
    """Between two looks at the clocks."""
    drift: float = 5.0
    """Of the wall clock against the monotonic one in a tick: the machine slept or was set."""
    stall: float = 30.0
    """Without a tick: the process stood still."""
    excuse: float = 1.0
    """By which a watchdog may wake late before it blames itself for the silence."""
    late: float = 5.0
    """Median lateness of the data that, rising for `late_for`, calls for a new connection."""
    late_for: float = 30.0
    late_rise: float = 0.02
    """Seconds of lateness gained a second; below, it is noise."""

    slot: float = 10.0
    """In which an exchange had liquidations or had none."""
    dry: int = 6
    """Slots in a row without any that are borne in any case."""
    ahead: float = 0.25
    """By which data may come before its time: more, and a clock is wrong; it is said."""

    gather: float = 0.2
    """To wait for more changes of what is wanted before acting on one."""
