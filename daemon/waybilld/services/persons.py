"""Who is behind a user id of the system."""

from __future__ import annotations

from twisted.logger import Logger

from waybilld.config import people
from waybilld.core.runs import Person
from waybilld.host.context import Lender
from waybilld_sdk.context import Limits
from waybilld_sdk.errors import AdapterError

log = Logger()
_NAME_S = 3.0


async def person(lender: Lender, uid: int) -> Person:
    """The person of a user id, looked up in a worker process: a directory server may take its time, or hang."""
    try:
        name = await lender.work(people.user_name, uid, limits=Limits(_NAME_S))
    except AdapterError as e:
        log.warn("the name of user id {uid} is not known: {why}", uid=uid, why=str(e))
        name = ""
    return Person(uid, name)
