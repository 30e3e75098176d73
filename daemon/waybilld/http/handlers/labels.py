"""What people do with labels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from waybilld.http.app import App
from waybilld.http.asked import Copy, Move, Settle
from waybilld.http.shapes import LabelReply, ScanReply
from waybilld.http.standing import standstill
from waybilld.http.values import HttpError, Peer, Request, Response, json_response
from waybilld.services.labeldesk import NoPlace, OverQuota
from waybilld.store import printers as told_printers
from waybilld.store.copies import CannotCopy
from waybilld.store.engine import StoreUnavailable
from waybilld.store.queries import onelabel
from waybilld.store.sql import Runner
from waybilld.store.telling import CannotTell


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
    with _refusals():
        await app.labels.settle(peer.uid, serial, printed=request.body_as(Settle).printed)
    return await _done(app, serial)


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
    return await _done(app, made.serial)


async def release(app: App, request: Request) -> Response:
    """A label that was given up is printed."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.release(peer.uid, serial)
    return await _done(app, serial)


async def cancel(app: App, request: Request) -> Response:
    """A waiting label is dropped."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.cancel(peer.uid, serial)
    return await _done(app, serial)


async def move(app: App, request: Request) -> Response:
    """A waiting label is for somebody else."""
    serial, peer = _asked(request)
    with _refusals():
        await app.labels.move(peer.uid, serial, request.body_as(Move).to)
    return await _done(app, serial)


def _asked(request: Request) -> tuple[str, Peer]:
    if request.peer is None:
        raise HttpError(HTTPStatus.FORBIDDEN, "nobody can say who asks", "ask over the Unix socket")
    return request.params["serial"], request.peer


async def _done(app: App, serial: str) -> Response:
    def query(run: Runner) -> str:
        waits = onelabel.waits(run, serial)
        return "" if waits is None else standstill(waits, app.lanes, told_printers.told(run))

    reply: LabelReply = {"serial": serial, "standstill": await app.store.read(query)}
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
