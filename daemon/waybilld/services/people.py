"""Who asks, by name."""

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
    """The user of this id; without a name where the system's name service does not answer in time."""
    try:
        name = await lender.work(people.user_name, uid, limits=Limits(_NAME_S))
    except AdapterError as e:
        log.warn("the name of user id {uid} is not known: {why}", uid=uid, why=str(e))
        name = ""
    return Person(uid, name)
