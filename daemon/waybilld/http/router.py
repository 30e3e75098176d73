"""How a request finds its handler: method and path in, one checked call out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from waybilld.http.app import App
from waybilld.http.table import Endpoint
from waybilld.http.values import HttpError, Request, Response

Handler = Callable[[App, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """An entry of the route table with what answers it."""

    endpoint: Endpoint
    handler: Handler


class Router:
    """Finds the route of a request and checks the request against it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    async def dispatch(self, app: App, request: Request) -> Response:
        """The handler's answer. Raises `HttpError` for what no route takes."""
        found = [(route, params) for route in self._routes if (params := _match(route, request.path)) is not None]
        if not found:
            raise HttpError(
                HTTPStatus.NOT_FOUND, "there is nothing at this path", "the paths are listed in docs/reference/api.md"
            )
        method = "GET" if request.method == "HEAD" else request.method
        for route, params in found:
            if route.endpoint.method == method:
                return await route.handler(app, _checked(route.endpoint, replace(request, params=params)))
        allowed = ", ".join(sorted({route.endpoint.method for route, _ in found}))
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{request.method:.16} is not possible here",
            f"use {allowed}",
            {"Allow": allowed},
        )


def _match(route: Route, path: str) -> dict[str, str] | None:
    """The path's parameters; None when it is not this route's. Segments are cut before they are unquoted, so that an
    order number may hold a slash."""
    given = path.strip("/").split("/")
    wanted = route.endpoint.segments
    if len(given) != len(wanted):
        return None
    params = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{"):
            params[want[1:-1]] = unquote(have)
        elif want != have:
            return None
    return params


def _checked(endpoint: Endpoint, request: Request) -> Request:
    filters: BaseModel | None = None
    body: BaseModel | None = None
    try:
        if endpoint.query is not None:
            filters = endpoint.query.model_validate_strings(dict(request.query))
        elif request.query:
            unknown = ", ".join(sorted(request.query))
            raise HttpError(HTTPStatus.BAD_REQUEST, f"this path takes no query, but was given: {unknown:.200}")
        if endpoint.body is not None:
            body = endpoint.body.model_validate_json(request.content)
        elif request.content:
            raise HttpError(HTTPStatus.BAD_REQUEST, "this path takes no body", "send the request without one")
    except ValidationError as problem:
        raise _unacceptable(problem) from problem
    return replace(request, filters=filters, body=body)


def _unacceptable(problem: ValidationError) -> HttpError:
    """Every mistake at once, each with its place; values that were sent are not sent back."""
    found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in problem.errors(include_url=False)]
    return HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found), "see docs/reference/api.md for what is possible")
