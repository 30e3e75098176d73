"""Packs: whoever may read labels over the socket may print them by hand too, and stands in the journal with it."""

from __future__ import annotations

from http import HTTPStatus

from waybilld.core.packs import Mark, Unclear
from waybilld.core.runs import Person
from waybilld.http.app import App
from waybilld.http.asked import LimitQuery, MakePack, SettlePack
from waybilld.http.handlers.answers import Answers, Rows, refusals, unwritten
from waybilld.http.shapes import PacksReply
from waybilld.http.values import HttpError, Request, Response, json_response
from waybilld.services.packs import Undrawable
from waybilld.store.packs import NoPack, PackChanged, PackClosed
from waybilld.store.queries import packs as queries
from waybilld.store.queries.shapes import PackMade
from waybilld.store.seal import Shredded
from waybilld_sdk.errors import AdapterError

_PACKS = Rows("pack", "look at `waybilld packs` for their numbers")
_REFUSALS: Answers = {
    NoPack: (HTTPStatus.NOT_FOUND, _PACKS.hint),
    PackClosed: (HTTPStatus.GONE, "for a further copy of one of its labels, ask for a reprint"),
    PackChanged: (HTTPStatus.SERVICE_UNAVAILABLE, "ask again"),
    Shredded: (HTTPStatus.GONE, "settle what was printed, and tell the rest as unused"),
    Unclear: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "nothing was settled: correct it by the check-off sheet, and tell it again",
    ),
    Undrawable: (HTTPStatus.CONFLICT, ""),
    **unwritten("nothing was done, and no label leaves that cannot be written down"),
    AdapterError: (HTTPStatus.SERVICE_UNAVAILABLE, "ask again"),
}


async def packs(app: App, request: Request) -> Response:
    """Packs, newest first."""
    most = request.filters_as(LimitQuery).limit
    reply: PacksReply = {"packs": await app.store.read(lambda run: queries.packs(run, most))}
    return json_response(reply)


async def pack(app: App, request: Request) -> Response:
    """One pack: its labels, and who was given its PDF."""
    return await _PACKS.whole(app, _PACKS.number(request), queries.whole)


async def make_pack(app: App, request: Request) -> Response:
    """Take labels of a pool out of the spool."""
    asked = request.body_as(MakePack)
    known = sorted(pool.name for pool in app.loaded.config.pools)
    if asked.pool not in known:
        raise HttpError(HTTPStatus.NOT_FOUND, "there is no such pool", f"the configuration has {', '.join(known) or 'none'}")
    with refusals(_REFUSALS):
        made = await app.packs.make(await _who(app, request), asked.pool, asked.most)
    number = made.pack
    reply: PackMade = {
        "pack": None if number is None else await app.store.read(lambda run: queries.whole(run, number)),
        "left": [{"serial": left.serial, "why": left.why} for left in made.left],
    }
    return json_response(reply)


async def pack_pdf(app: App, request: Request) -> Response:
    """The check-off sheet of a pack, and its labels."""
    number = _PACKS.number(request)
    mend = f"mend that and ask again, or give its labels back: waybilld packs settle {number} --unused all"
    with refusals({**_REFUSALS, Undrawable: (HTTPStatus.CONFLICT, mend)}):
        return Response(await app.packs.pdf(await _who(app, request), number), "application/pdf")


async def settle_pack(app: App, request: Request) -> Response:
    """Take back what people ticked."""
    number, asked = _PACKS.number(request), request.body_as(SettlePack)
    told = {Mark.PRINTED: asked.printed, Mark.SPOILED: asked.spoiled, Mark.UNUSED: asked.unused}
    with refusals(_REFUSALS):
        await app.packs.settle(await _who(app, request), number, told)
    return await _PACKS.whole(app, number, queries.whole)


async def _who(app: App, request: Request) -> Person:
    return await app.packs.person(request.asker().uid)
