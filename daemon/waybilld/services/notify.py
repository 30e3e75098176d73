"""The service manager's protocol: one datagram per message to $NOTIFY_SOCKET (sd_notify(3)); silent without one."""

from __future__ import annotations

import socket


class Notifier:
    """Sends state to systemd. `address` is $NOTIFY_SOCKET; a leading `@` names the abstract namespace."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    def send(self, message: str) -> None:
        """Send newline-separated assignments such as `READY=1`. A manager that is gone is no error of ours."""
        if not self._address:
            return
        target = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as s:
            try:
                s.sendto(message.encode(), target)
            except OSError:
                self._address = None
