"""The system's users and groups, as its name service knows them (getpwnam(3), getgrnam(3))."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from waybilld.core.runs import Dispatchers


@dataclass(frozen=True, slots=True)
class Numbers:
    """The user and the group that have one name; None where none has. False where neither has."""

    uid: int | None
    gid: int | None

    def __bool__(self) -> bool:
        return self.uid is not None or self.gid is not None


def numbers_of(name: str) -> Numbers:
    """Who has this name."""
    uid: int | None = None
    gid: int | None = None
    # A name with a NUL is a `ValueError`; it is nobody's.
    with suppress(KeyError, ValueError):
        uid = pwd.getpwnam(name).pw_uid
    with suppress(KeyError, ValueError):
        gid = grp.getgrnam(name).gr_gid
    return Numbers(uid, gid)


def dispatchers(names: Iterable[str]) -> Dispatchers:
    """The people of these names; root and this process's own user always."""
    found = [numbers_of(name) for name in names]
    users = {0, os.geteuid(), *(one.uid for one in found if one.uid is not None)}
    return Dispatchers(frozenset(users), frozenset(one.gid for one in found if one.gid is not None))


def user_name(uid: int) -> str:
    """The name of a user, empty where the system knows none. May wait for a name service on the network."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
