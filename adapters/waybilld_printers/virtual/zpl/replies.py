"""What the device says about itself: ``~HS``, ``~HI``, ``~HQES`` and SGD ``getvar``, as pure functions of its status.

Sources: Zebra ZPL II Programming Guide, ``~HS`` (three lines of 12, 11 and 2 fields, each STX ... ETX CR LF), ``~HI``,
``~HQ`` (error bits), and the SGD pages of the variables. The column layout of the ``~HQES`` reply is the one that
Zebra's own Browser Print samples index: the error flag stands at character 70, the last error digit at 88.
"""

import json
from collections.abc import Callable
from typing import Final

from waybilld_printers.virtual.status import Status
from waybilld_printers.virtual.zpl.alerts import LETTERS


def host_status(status: Status) -> tuple[str, str, str]:
    """The three lines of ``~HS`` without their framing; communication settings and function settings are constants."""
    first = (
        f"030,{status.paper_out:d},{status.paused:d},{min(status.label_length, 9999):04d},"
        f"{min(status.formats, 999):03d},{status.buffer_full:d},0,{status.partial:d},000,0,0,0"
    )
    second = (
        f"000,0,{status.head_open:d},{status.ribbon_out:d},{status.thermal_transfer:d},{status.print_mode},4,0,"
        f"{status.remaining:08d},1,000"
    )
    return first, second, "0000,0"


def control(name: str, argument: str, status: Status) -> bytes | None:
    """The reply to a ``~`` question; None when the device knows no such question, empty when it keeps silent."""
    if name == "HS":
        return b"" if status.muted else b"".join(_framed(line) for line in host_status(status))
    if name == "HI":
        return _framed(f"{status.model},{status.firmware},{status.dots_per_mm},{status.memory_kb}KB,X")
    if name == "HQ" and argument == "ES":
        return _framed(_extended_status(status))
    return None


def value(name: str, status: Status, alerts: str = "") -> str | None:
    """The value of an SGD name; ``?`` for an unknown one, None where the device keeps silent about it."""
    if name == "device.host_status" and status.muted:
        return None
    if name == "alerts.configured":
        return alerts
    known = _VARIABLES.get(name)
    return known(status) if known else "?"


def variable(name: str, status: Status, alerts: str = "") -> bytes:
    """The reply to an SGD ``getvar``: the value in quotes, without a line end."""
    text = value(name, status, alerts)
    return b"" if text is None else f'"{text}"'.encode()


def json_object(values: dict[str, str | None]) -> bytes:
    """The reply to the JSON form of SGD, in the order of the question. For unknown names no document has an answer."""
    return json.dumps(values, separators=(",", ":")).encode()


def uptime(seconds: float) -> str:
    """``00 days 02 hours 45 mins 30 secs``: Zebra ZPL II Programming Guide, SGD ``device.uptime``, its example."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"{days:02d} days {hour:02d} hours {minute:02d} mins {second:02d} secs"


def _framed(text: str) -> bytes:
    return f"\x02{text}\x03\r\n".encode()


def _extended_status(status: Status) -> str:
    errors = (
        status.paper_out | status.ribbon_out << 1 | status.head_open << 2 | status.jammed << 12 | status.paused << 16
    )
    warnings = 8 if status.media_low else 0
    return (
        f"\r\n\r\n  {'PRINTER STATUS':<42}\r\n"
        f"   ERRORS:         {errors > 0:d} 00000000 {errors:08X}      \r\n"
        f"   WARNINGS:       {warnings > 0:d} 00000000 {warnings:08X}      \r\n"
    )


def _print_length(status: Status) -> str:
    """``8560 INCHES, 21744 CENTIMETERS``: ZPL II Programming Guide, SGD ``odometer.total_print_length``, its sample."""
    millimetres = status.print_length_dots / status.dots_per_mm
    return f"{millimetres / 25.4:.0f} INCHES, {millimetres / 10:.0f} CENTIMETERS"


_VARIABLES: Final[dict[str, Callable[[Status], str]]] = {
    "alerts.conditions": lambda _status: ", ".join(LETTERS.values()),
    "appl.name": lambda status: status.firmware,
    "device.host_status": lambda status: "\r\n".join(host_status(status)),
    # "When the setvar is set to zpl, the getvar result will always be hybrid_xml_zpl": guide, SGD device.languages.
    "device.languages": lambda _status: "hybrid_xml_zpl",
    # The guide gives device.pause no getvar; devices in the field answer, so this one does: "on" or "off".
    "device.pause": lambda status: "on" if status.paused else "off",
    "device.product_name": lambda status: status.model,
    "device.unique_id": lambda status: status.serial,
    "device.uptime": lambda status: uptime(status.uptime),
    "head.latch": lambda status: "open" if status.head_open else "ok",
    "media.status": lambda status: "out" if status.paper_out else "ok",
    "odometer.total_label_count": lambda status: str(status.odometer),
    "odometer.total_print_length": _print_length,
    "odometer.user_label_count": lambda status: str(status.user_count),
}
