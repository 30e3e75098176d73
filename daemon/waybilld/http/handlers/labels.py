"""What people do with labels."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.http.app import App
from waybilld.http.asked import Copy, Move, Settle
from waybilld.http.handlers.answers import Answers, refusals, unwritten
from waybilld.http.shapes import LabelReply, ScanReply
from waybilld.http.standing import standstill
from waybilld.http.values import HttpError, Peer, Request, Response, json_response
from waybilld.services.labeldesk import NoPlace
from waybilld.store import printers as told_printers
from waybilld.store.copies import CannotCopy, OverQuota
from waybilld.store.queries import onelabel
from waybilld.store.sql import Runner
from waybilld.store.telling import CannotTell

_REFUSALS: Answers = {
    CannotTell: (HTTPStatus.CONFLICT, "nothing was changed"),
    CannotCopy: (HTTPStatus.CONFLICT, "nothing was changed"),
    OverQuota: (HTTPStatus.FORBIDDEN, "no copy was made"),
    NoPlace: (HTTPStatus.NOT_FOUND, "see `waybilld printers` for names and pools"),
    **unwritten(),
}


async def one(app: App, request: Request) -> Response:
    """What a label is."""
    serial = request.params["serial"]
    found = await app.store.read(lambda run: onelabel.brief(run, serial))
    if found is None:
        hint = "copy the serial from the label, or from `waybilld labels unconfirmed`"
        raise HttpError(HTTPStatus.NOT_FOUND, f"there is no label {serial}", hint)
    return json_response(found)


async def settle(app: App, request: Request) -> Response:
    """Whether a label in doubt is on paper."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        gids, printed = (peer.gid, *peer.groups), request.body_as(Settle).printed
        counts = await app.labels.settle(peer.uid, serial, printed=printed, gids=gids)
    return await _done(app, counts)


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
    return await _done(app, made.serial)


async def release(app: App, request: Request) -> Response:
    """A label that was given up is printed."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.release(peer.uid, serial)
    return await _done(app, serial)


async def cancel(app: App, request: Request) -> Response:
    """A waiting label is dropped."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.cancel(peer.uid, serial)
    return await _done(app, serial)


async def move(app: App, request: Request) -> Response:
    """A waiting label is for somebody else."""
    serial, peer = _asked(request)
    with refusals(_REFUSALS):
        await app.labels.move(peer.uid, serial, request.body_as(Move).to)
    return await _done(app, serial)


def _asked(request: Request) -> tuple[str, Peer]:
    return request.params["serial"], request.asker()


async def _done(app: App, serial: str) -> Response:
    def query(run: Runner) -> str:
        waits = onelabel.waits(run, serial)
        return "" if waits is None else standstill(waits, app.lanes, told_printers.told(run))

    reply: LabelReply = {"serial": serial, "standstill": await app.store.read(query)}
    return json_response(reply)
