"""Bounds of a listener: what one stranger may hold of the daemon's descriptors and of its disk."""

from __future__ import annotations

from typing import Any, cast

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from waybilld.http.app import App
from waybilld.http.wire import LIFETIME_S, MOST_CONNECTIONS, Site
from waybilld.services import floor, packs, runs


async def _no_answer(app: App, request: Any) -> Any:
    raise AssertionError("nothing is asked here")


def _site() -> tuple[Clock, Site]:
    clock = Clock()
    return clock, Site(cast(Any, clock), cast(App, None), _no_answer)


def test_connections_are_bounded_and_come_free_again() -> None:
    """Half-sent requests must not use up the descriptors that printers and the database need."""
    _, site = _site()
    channels = [site.buildProtocol(None) for _ in range(MOST_CONNECTIONS)]
    assert None not in channels
    assert site.buildProtocol(None) is None
    for channel in channels[:2]:
        channel.makeConnection(StringTransport())
        channel.connectionLost(Failure(ConnectionError()))
    assert site.buildProtocol(None) is not None
    assert site.buildProtocol(None) is not None
    assert site.buildProtocol(None) is None


def test_trickle_does_not_keep_a_connection() -> None:
    """A byte now and then renews twisted.web's own time-out for ever."""
    clock, site = _site()
    channel = site.buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    for _ in range(int(LIFETIME_S)):
        channel.dataReceived(b"G")
        clock.advance(1)
    assert transport.disconnecting


def test_no_answer_takes_longer_than_its_connection_lives() -> None:
    """A file that is drawn for 90 seconds on a connection of 60 reaches nobody, and stands in the journal as given."""
    assert max(packs.DRAW_S, runs.DRAW_S, floor.ENDS_S) <= LIFETIME_S - 15
