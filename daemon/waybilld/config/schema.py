"""JSON Schema of the configuration for editors, with the settings of every installed adapter."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic.json_schema import PydanticJsonSchemaWarning

from waybilld.config.load import ADAPTER_KINDS, Kind
from waybilld.config.model import Carrier, Config, Printer, Shop
from waybilld_sdk.settings import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect that pydantic writes."""

_ENTRIES: Mapping[str, type[BaseModel]] = {"shops": Shop, "carriers": Carrier, "printers": Printer}


def config_schema(adapters: Mapping[Kind, Mapping[str, type[Settings]]]) -> dict[str, Any]:
    """The schema. `adapters` holds, by kind, the settings model of each name that `adapter:` may give.

    A model with a type that JSON Schema cannot say stands there as any mapping, with the reason beside it.
    """
    schema: dict[str, Any] = {"$schema": DIALECT, **Config.model_json_schema()}
    definitions = schema["$defs"]
    for section, kind in ADAPTER_KINDS.items():
        branches = [_branch(kind, name, model, definitions) for name, model in sorted(adapters.get(kind, {}).items())]
        if branches:
            definitions[_ENTRIES[section].__name__]["oneOf"] = branches
    return schema


def _branch(kind: Kind, name: str, model: type[Settings], definitions: dict[str, Any]) -> dict[str, Any]:
    """One alternative of `adapter:` with its settings; the model's definitions move under a prefix of their own."""
    prefix = f"{kind}.{name.replace('/', '.')}."
    try:
        with warnings.catch_warnings():
            # A default that JSON cannot say is left out of the schema, which is all that its reader needs.
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
            own = model.model_json_schema(ref_template="#/$defs/" + prefix + "{model}")
    except PydanticUserError as problem:
        own = {"type": "object", "$comment": f"the settings of {name} cannot be described: {problem.code}"}
    for inner, definition in own.pop("$defs", {}).items():
        definitions[prefix + inner] = definition
    definitions[prefix + "settings"] = own
    branch: dict[str, Any] = {
        "properties": {"adapter": {"const": name}, "settings": {"$ref": f"#/$defs/{prefix}settings"}},
        "required": ["adapter"],
    }
    if own.get("required"):
        branch["required"] = ["adapter", "settings"]
    return branch
