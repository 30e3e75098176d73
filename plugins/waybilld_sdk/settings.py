"""The base of every adapter's settings model, and secrets by reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.words import dotted, printable


class Settings(BaseModel):
    """Strict, frozen, unknown keys refused. A plugin's settings model derives from it; field descriptions become docs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Names:
    """Says that a field's text, or each text in its list, names something of the configuration, as in
    `shop: Annotated[str, Names("shops")]`. The host then checks it as it checks its own references: at its line, with what
    was probably meant. `what` is the list whose entries have these names, or `modes` for the modes of carriers."""

    what: Literal["shops", "carriers", "printers", "pools", "warehouses", "senders", "modes"]


class SecretRef(Settings):
    """Where a secret stands: exactly one of a file, an environment variable or a systemd credential."""

    file: str | None = None
    env: str | None = None
    credential: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretRef:
        given = [name for name in ("file", "env", "credential") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("name exactly one of file, env, credential")
        return self


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend in a file: where it stands, the path of the value (`elements.3.text`), and one sentence that says
    what is wrong and what to do. Lines and columns count from 1; None where the whole file is meant."""

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """The line that people read: `file:line:col: path: what`, without the parts that do not apply."""
        position = "" if self.line is None else f":{self.line}:{self.column}"
        path = f"{self.path}: " if self.path else ""
        return f"{printable(self.file)}{position}: {path}{self.message}"


class Misconfigured(Exception):
    """What the settings name cannot be used; `mistakes` and `findings` say all of it at once.

    `mistakes` stand in files that the settings name. `findings` stand in the settings themselves, with paths that start
    there, such as `("choose", 0, "template")`: the host knows the line and makes mistakes of them.
    """

    def __init__(self, mistakes: tuple[Mistake, ...] = (), findings: tuple[Finding, ...] = ()) -> None:
        super().__init__("\n".join([*map(str, mistakes), *(f"{dotted(one.path)}: {one.message}" for one in findings)]))
        self.mistakes = mistakes
        self.findings = findings
