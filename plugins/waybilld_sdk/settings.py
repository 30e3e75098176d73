"""The base of every adapter's settings model, and secrets by reference."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


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
