"""The base of every adapter's settings model, and secrets by reference."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, model_validator

from waybilld_sdk.files.words import printable


class Settings(BaseModel):
    """Strict, frozen, unknown keys refused. A plugin's settings model derives from it; field descriptions become docs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    """What the settings name cannot be used; `mistakes` says all of it at once."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes
