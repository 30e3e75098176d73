"""JSON Schema of template files, for editors: `python -m waybilld_labels.template.schema` prints it.

An editor finds it by the first line of a template: `# yaml-language-server: $schema=.../template.schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic import TypeAdapter

from waybilld_labels.template.model import KINDS, Fragment, Template

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def template_schema() -> dict[str, Any]:
    """The schema of a template or a fragment; each cell has just one of the keys that say what it is."""
    schema = TypeAdapter(Template | Fragment).json_schema()
    for definition in schema["$defs"].values():
        own = [kind for kind in KINDS if kind in definition.get("required", ())]
        if own:
            definition["title"] = own[0]
    return {"$schema": DIALECT, "title": "waybilld label template", **schema}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(template_schema(), indent=1, ensure_ascii=False) + "\n")
