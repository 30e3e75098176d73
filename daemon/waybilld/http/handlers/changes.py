"""What people may change: they let an instance out of quarantine."""

from __future__ import annotations

from http import HTTPStatus

from twisted.logger import Logger

from waybilld.http.app import App
from waybilld.http.shapes import ReleaseReply
from waybilld.http.values import HttpError, Request, Response, json_response

log = Logger()


async def release(app: App, request: Request) -> Response:
    """Release one instance by its whole name (`printer.bench-1`), or by its own where only one instance has it."""
    asked = request.params["instance"]
    instances = app.fleet.instances()
    found = [i for i in instances if i.guard.instance == asked] or [i for i in instances if i.name == asked]
    if len(found) != 1:
        among = found or instances
        names = ", ".join(sorted(i.guard.instance for i in among)) or "none"
        error = f"{len(found)} instances have that name" if found else "no instance has that name"
        status = HTTPStatus.CONFLICT if found else HTTPStatus.NOT_FOUND
        raise HttpError(status, error, f"name one of: {names}")
    guard = found[0].guard
    reply: ReleaseReply = {"instance": guard.instance, "was": guard.quarantined}
    if guard.quarantined:
        guard.release()
        log.info("{instance} was released from quarantine by {who}", instance=guard.instance, who=_who(request))
    return json_response(reply)


def _who(request: Request) -> str:
    return f"user id {request.peer.uid}, process {request.peer.pid}" if request.peer else "an unknown user"
