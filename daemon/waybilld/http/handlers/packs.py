"""Packs: whoever may read labels over the socket may print them by hand too, and stands in the journal with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from waybilld.core.packs import Mark, Unclear
from waybilld.core.runs import Person
from waybilld.http.app import App
from waybilld.http.asked import LimitQuery, MakePack, SettlePack
from waybilld.http.shapes import PacksReply
from waybilld.http.values import HttpError, Request, Response, json_response, row_number
from waybilld.services.packs import Undrawable
from waybilld.store.copies import OverQuota
from waybilld.store.engine import StoreUnavailable
from waybilld.store.packs import NoPack, PackChanged, PackClosed
from waybilld.store.queries import packs as queries
from waybilld.store.queries.shapes import PackMade
from waybilld.store.seal import Shredded
from waybilld_sdk.errors import AdapterError


async def packs(app: App, request: Request) -> Response:
    """Packs, newest first."""
    most = request.filters_as(LimitQuery).limit
    reply: PacksReply = {"packs": await app.store.read(lambda run: queries.packs(run, most))}
    return json_response(reply)


async def pack(app: App, request: Request) -> Response:
    """One pack: its labels, and who was given its PDF."""
    return await _whole(app, _number(request))


async def make_pack(app: App, request: Request) -> Response:
    """Take labels of a pool out of the spool."""
    asked = request.body_as(MakePack)
    known = sorted(pool.name for pool in app.loaded.config.pools)
    if asked.pool not in known:
        raise HttpError(HTTPStatus.NOT_FOUND, "there is no such pool", f"the configuration has {', '.join(known) or 'none'}")
    with _refusals():
        made = await app.packs.make(await _who(app, request), asked.pool, asked.most)
    number = made.pack
    reply: PackMade = {
        "pack": None if number is None else await app.store.read(lambda run: queries.whole(run, number)),
        "left": [{"serial": left.serial, "why": left.why} for left in made.left],
    }
    return json_response(reply)


async def pack_pdf(app: App, request: Request) -> Response:
    """The check-off sheet of a pack, and its labels."""
    number = _number(request)
    mend = f"mend that and ask again, or give its labels back: waybilld packs settle {number} --unused all"
    with _refusals(mend):
        return Response(await app.packs.pdf(await _who(app, request), number), "application/pdf")


async def settle_pack(app: App, request: Request) -> Response:
    """Take back what people ticked."""
    number, asked = _number(request), request.body_as(SettlePack)
    told = {Mark.PRINTED: asked.printed, Mark.SPOILED: asked.spoiled, Mark.UNUSED: asked.unused}
    with _refusals():
        who = await _who(app, request)
        assert request.peer is not None
        await app.packs.settle(who, (request.peer.gid, *request.peer.groups), number, told)
    return await _whole(app, number)


async def _whole(app: App, number: int) -> Response:
    found = await app.store.read(lambda run: queries.whole(run, number))
    if found is None:
        raise _no_pack()
    return json_response(found)


async def _who(app: App, request: Request) -> Person:
    if request.peer is None:
        raise HttpError(HTTPStatus.FORBIDDEN, "nobody can say who asks", "ask over the Unix socket")
    return await app.packs.person(request.peer.uid)


@contextmanager
def _refusals(mend: str = "") -> Iterator[None]:
    """What packs raise, as answers. `mend`: what to do where the file cannot be drawn."""
    try:
        yield
    except NoPack as e:
        raise _no_pack() from e
    except PackClosed as e:
        hint = "for a further copy of one of its labels, ask for a reprint"
        raise HttpError(HTTPStatus.GONE, str(e), hint) from e
    except OverQuota as e:
        raise HttpError(HTTPStatus.FORBIDDEN, str(e), "nothing of the pack was taken back") from e
    except PackChanged as e:
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), "ask again") from e
    except Shredded as e:
        raise HttpError(HTTPStatus.GONE, str(e), "settle what was printed, and tell the rest as unused") from e
    except Unclear as e:
        hint = "nothing was settled: correct it by the check-off sheet, and tell it again"
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, str(e), hint) from e
    except Undrawable as e:
        raise HttpError(HTTPStatus.CONFLICT, str(e), mend) from e
    except StoreUnavailable as e:
        hint = "nothing was done, and no label leaves that cannot be written down: free space on the disk, then ask again"
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), hint) from e
    except AdapterError as e:
        hint = f"ask again; where it stays like this, {mend}, and make smaller packs" if mend else "ask again"
        raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, str(e), hint) from e


def _number(request: Request) -> int:
    number = row_number(request.params["id"])
    if number is None:
        raise _no_pack()
    return number


def _no_pack() -> HttpError:
    return HttpError(HTTPStatus.NOT_FOUND, "there is no such pack", "look at `waybilld packs` for their numbers")
