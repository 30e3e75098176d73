"""Printer profiles: what a kind of printer is and what it proves, one YAML file each, by file name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from waybilld_sdk.settings import Settings


class Profile(Settings):
    """One kind of printer, as its file describes it."""

    summary: str = Field(min_length=1, description="One line for people.")
    language: str = Field(min_length=1, description="The printer language that labels are encoded in.")
    dots_per_mm: float = Field(gt=0, le=50, description="The head's real resolution; 8 is sold as 203 dpi.")
    probe: Literal["zebra", "escpos", "tspl", "cpcl", "none"] = Field(description="How the printer is asked.")
    proves: Literal["printed", "piloted", "acknowledged"] = Field(
        description="The strongest evidence that it can give; 'piloted': printed, once this model was compared with paper."
    )
    splits_token: bool = Field(description="It prints nothing before a label's last bytes, so that they can be kept back.")
    partial_discardable: bool = Field(description="It can be told, with proof, to drop a label without its last bytes.")
    answers_when_faulted: bool = Field(description="It tells its status also without paper or with an open head.")
    speed_ips: int = Field(ge=1, le=20, description="Print speed that is reckoned with where none is set, inches/s.")


def profile_names() -> tuple[str, ...]:
    """The names that `profile` may have, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@lru_cache(maxsize=32)
def load_profile(name: str) -> Profile:
    """The profile of that name. Raises `ValueError` for an unknown name, and for a broken file with file and keys."""
    names = profile_names()
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"there is no printer profile {name!r}; {hint}there are: {', '.join(names)}")
    file = f"{name}.yaml"
    return parse_profile(file, resources.files(__name__).joinpath(file).read_text("utf-8"))


def parse_profile(file: str, text: str) -> Profile:
    """A profile from YAML text. Raises `ValueError` that names the file and every wrong key."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        raise ValueError(f"{file}: not YAML: {broken}") from broken
    if not isinstance(values, dict):
        raise ValueError(f"{file}: a profile is a mapping of keys to values")
    try:
        return Profile.model_validate(values)
    except ValidationError as wrong:
        found = "; ".join(
            f"{file}: {'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in wrong.errors()
        )
        raise ValueError(found) from wrong
