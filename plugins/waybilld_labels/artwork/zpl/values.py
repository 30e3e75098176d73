"""The parameters of a command: cut at its commas, checked one by one, and written the one usual way."""

from __future__ import annotations

from waybilld_labels.artwork.zpl.allowed import Rule
from waybilld_labels.artwork.zpl.tokens import Command, refused

_LINE_BREAKS = str.maketrans("", "", "\r\n")


def read(command: Command, rule: Rule) -> list[str]:
    """The parameters written anew, as many as the command has. Raises `Hold`."""
    expected = rule.parameters or ()
    given = _split(command)
    if len(given) > len(expected) and any(given[len(expected) :]):
        why = f"it has {len(given)} parameters, and {len(expected)} are known" if expected else "something stands behind it"
        raise refused(f"^{command.name}", command.at, why)
    values = []
    for at, parameter in enumerate(expected):
        value = parameter.normal(given[at] if at < len(given) else "")
        if value is None:
            why = f"its parameter {at + 1} is not {parameter.said} ({rule.why})"
            raise refused(f"^{command.name}", command.at, why)
        values.append(value)
    return values


def _split(command: Command) -> list[str]:
    text = command.data.decode("latin-1").translate(_LINE_BREAKS).strip()
    if command.name == "A" and text:
        # The font's letter and the turn stand together: ^A0N,30,30.
        font, _, rest = text[1:].partition(",")
        return [text[0], font, *rest.split(",")] if rest else [text[0], font]
    return [part.strip() for part in text.split(",")] if text else []


def written(name: str, values: list[str]) -> bytes:
    """A command with its parameters; empty ones at the end are left out."""
    font = values[0] if name == "A" else ""
    rest = ",".join(values[1:] if name == "A" else values).rstrip(",")
    return f"^{name}{font}{rest}".encode("ascii")
