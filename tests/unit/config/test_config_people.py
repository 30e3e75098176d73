"""Names of users and groups: numbers that the kernel's word for a peer can be held against."""

from __future__ import annotations

import grp
import os
import pwd

from waybilld.config.people import dispatchers, numbers_of, user_name


def test_a_name_may_be_a_users_a_groups_or_both() -> None:
    """What the sysadmin names must be who is meant, whichever file it stands in."""
    root = numbers_of("root")
    assert (root.uid, root.gid) == (pwd.getpwnam("root").pw_uid, grp.getgrnam("root").gr_gid)
    only_group = next((g for g in grp.getgrall() if g.gr_name not in {p.pw_name for p in pwd.getpwall()}), None)
    assert only_group is not None, "every Linux has a group without a user, such as tty"
    assert (numbers_of(only_group.gr_name).uid, numbers_of(only_group.gr_name).gid) == (None, only_group.gr_gid)
    assert not numbers_of("nobody-of-us")


def test_root_and_the_daemons_own_user_always_may() -> None:
    """They can read the key anyway; to refuse them the command would only look like safety."""
    found = dispatchers(())
    assert found.users == {0, os.geteuid()}
    assert found.groups == frozenset()
    tty = grp.getgrnam("tty").gr_gid
    assert dispatchers(("tty",)).include(987_654, (tty,))
    assert not dispatchers(()).include(987_654, (tty,))


def test_a_number_without_a_name_has_none() -> None:
    """It must not end a request: containers run as numbers."""
    assert (user_name(0), user_name(987_654_321)) == ("root", "")
