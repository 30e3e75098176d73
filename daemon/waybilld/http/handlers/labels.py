"""What people do with labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from waybilld.http.app import App
from waybilld.http.asked import Copy, Move, Settle
from waybilld.http.shapes import LabelReply, ScanReply
from waybilld.http.values import HttpError, Peer, Request, Response, json_response
from waybilld.services.labeldesk import NoPlace
from waybilld.store.copies import CannotCopy, OverQuota
from waybilld.store.engine import StoreUnavailable
from waybilld.store.telling import CannotTell


async def settle(app: App, request: Request) -> Response:
    """Whether a label in doubt is on paper."""
    serial, peer = _asked(request)
    with _refusals():
        gids, printed = (peer.gid, *peer.groups), request.body_as(Settle).printed
        counts = await app.labels.settle(peer.uid, serial, printed=printed, gids=gids)
    return _done(counts)


async def scan(app: App, request: Request) -> Response:
    """The packing scan."""
    serial, peer = _asked(request)
    with _refusals():
        found = await app.labels.scan(peer.uid, serial)
    reply: ScanReply = {"serial": found.serial, "word": found.word.value, "text": found.text}
    return json_response(reply)


async def reprint(app: App, request: Request) -> Response:
    """A further copy."""
    serial, peer = _asked(request)
    with _refusals():
        gids = (peer.gid, *peer.groups)
        made = await app.labels.reprint(peer.uid, gids, serial, request.body_as(Copy).reason)
    return _done(made.serial)


async def release(app: App, request: Request) -> Response:
    """A label that was given up is printed."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.release(peer.uid, serial)
    return _done(serial)


async def cancel(app: App, request: Request) -> Response:
    """A waiting label is dropped."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.cancel(peer.uid, serial)
    return _done(serial)


async def move(app: App, request: Request) -> Response:
    """A waiting label is for somebody else."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.move(peer.uid, serial, request.body_as(Move).to)
    return _done(serial)


def _asked(request: Request) -> tuple[str, Peer]:
    if request.peer is None:
        raise HttpError(HTTPStatus.FORBIDDEN, "nobody can say who asks", "ask over the Unix socket")
    return request.params["serial"], request.peer


def _done(serial: str) -> Response:
    reply: LabelReply = {"serial": serial}
    return json_response(reply)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the desk raises, as answers."""
    try:
        yield
    except (CannotTell, CannotCopy) as e:
        raise HttpError(HTTPStatus.CONFLICT, str(e), "nothing was changed") from e
    except OverQuota as e:
        raise HttpError(HTTPStatus.FORBIDDEN, str(e), "no copy was made") from e
    except NoPlace as e:
        raise HttpError(HTTPStatus.NOT_FOUND, str(e), "see `waybilld printers` for names and pools") from e
    except StoreUnavailable as e:
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), "free space on the disk, then ask again") from e
