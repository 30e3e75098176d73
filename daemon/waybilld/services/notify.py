"""The service manager's protocol: one datagram per message to $NOTIFY_SOCKET (sd_notify(3)); silent without one."""

from __future__ import annotations

import contextlib
import socket


class Notifier:
    """Sends state to systemd. `address` is $NOTIFY_SOCKET; a leading `@` names the abstract namespace."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    def send(self, message: str) -> None:
        """Send newline-separated assignments such as `READY=1`. A word that does not arrive is no error of ours.

        The next one is sent all the same: after a long silence the manager would end a healthy daemon.
        """
        if not self._address:
            return
        target = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        with socket.socket(socket.AF_UNIX, kind) as s, contextlib.suppress(OSError):
            s.sendto(message.encode(), target)
