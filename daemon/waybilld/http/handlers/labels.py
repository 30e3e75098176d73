"""What people do with labels."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.http.app import App
from waybilld.http.asked import Copy, Move, Settle
from waybilld.http.handlers.answers import Answers, refusals, unwritten
from waybilld.http.shapes import LabelReply, ScanReply
from waybilld.http.values import Peer, Request, Response, json_response
from waybilld.services.labeldesk import NoPlace, OverQuota
from waybilld.store.copies import CannotCopy
from waybilld.store.telling import CannotTell

_REFUSALS: Answers = {
    CannotTell: (HTTPStatus.CONFLICT, "nothing was changed"),
    CannotCopy: (HTTPStatus.CONFLICT, "nothing was changed"),
    OverQuota: (HTTPStatus.FORBIDDEN, "no copy was made"),
    NoPlace: (HTTPStatus.NOT_FOUND, "see `waybilld printers` for names and pools"),
    **unwritten(),
}


async def settle(app: App, request: Request) -> Response:
    """Whether a label in doubt is on paper."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.settle(peer.uid, serial, printed=request.body_as(Settle).printed)
    return _done(serial)


async def scan(app: App, request: Request) -> Response:
    """The packing scan."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        found = await app.labels.scan(peer.uid, serial)
    reply: ScanReply = {"serial": found.serial, "word": found.word.value, "text": found.text}
    return json_response(reply)


async def reprint(app: App, request: Request) -> Response:
    """A further copy."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        gids = (peer.gid, *peer.groups)
        made = await app.labels.reprint(peer.uid, gids, serial, request.body_as(Copy).reason)
    return _done(made.serial)


async def release(app: App, request: Request) -> Response:
    """A label that was given up is printed."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.release(peer.uid, serial)
    return _done(serial)


async def cancel(app: App, request: Request) -> Response:
    """A waiting label is dropped."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.cancel(peer.uid, serial)
    return _done(serial)


async def move(app: App, request: Request) -> Response:
    """A waiting label is for somebody else."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.move(peer.uid, serial, request.body_as(Move).to)
    return _done(serial)


def _asked(request: Request) -> tuple[str, Peer]:
    return request.params["serial"], request.asker()


def _done(serial: str) -> Response:
    reply: LabelReply = {"serial": serial}
    return json_response(reply)
