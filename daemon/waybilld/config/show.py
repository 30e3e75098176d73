"""The effective configuration: every default filled in, every secret still only a reference."""

from __future__ import annotations

import re

import yaml
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from waybilld_sdk.files.marks import CORE_TYPES, Value
from waybilld_sdk.settings import SecretRef


class _Dumper(yaml.SafeDumper):
    """Quotes every text that YAML 1.1 or the core schema of YAML 1.2 would read as something else."""


for _type, _pattern, _first in CORE_TYPES:
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_type}", re.compile(f"(?:{_pattern})\\Z"), list(_first))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML's single quotes lose what YAML counts as a line break, such as U+0085; double quotes escape it.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def effective(value: object) -> Value:
    """A settings value as plain values that load again to the same settings.

    A `SecretRef` gives its reference; the secret itself was never read.
    """
    if isinstance(value, SecretRef):
        return {key: effective(given) for key, given in value if given is not None}
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        return {info.alias or name: effective(getattr(value, name)) for name, info in fields}
    if isinstance(value, tuple | list):
        return [effective(item) for item in value]
    if isinstance(value, dict):
        return {str(key): effective(item) for key, item in value.items()}
    plain: Value = to_jsonable_python(value)
    return plain


def as_yaml(value: Value) -> str:
    """The values as YAML, keys in their own order."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
