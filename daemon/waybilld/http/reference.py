"""`docs/reference/api.md`, written from the route table; `python -m waybilld.http.reference` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from waybilld.http.openapi import document
from waybilld.http.table import ENDPOINTS, PUBLIC

_INTRODUCTION = """# The HTTP API

The daemon serves its whole API on the Unix socket `api.sock` in its `runtime` folder. Who may use the socket may use the
API: its file mode is 0660, and the kernel tells the daemon which user asks. The command line uses the same API.

    curl -s --unix-socket /run/waybilld/api.sock http://localhost/api/v1/status

On TCP (`listen`, 127.0.0.1:8631 by default) only {public} are served. Where the listener really is, which matters with
port 0, stands in `listen.json` beside the socket and in the status. A loopback listener answers to loopback host names only.

- Answers are JSON in UTF-8 unless said otherwise. An error is `{{"error": …, "hint": …}}`: what is wrong, and what to do.
- 400 and 422: the request is wrong; 403: this user does not have the role; 404: there is no such path or thing; 405: not
  with this method; 409: it does not go with what is there; 410: it was shredded; 413: the body is over 1 MiB; 421: wrong
  host name; 500: a bug, its traceback is logged; 503: not now.
- Instants are ISO 8601 in UTC, amounts are minor units, evidence is `E0` to `E5`.
- Of a consignee only the first character is shown. Labels show what is printed, run sheets whole addresses: to dispatchers.
- The same as an OpenAPI document: `/api/v1/openapi.json`.

This page is generated from `daemon/waybilld/http/table.py`.
"""


def reference() -> str:
    """The whole page, as Markdown."""
    told = document(ENDPOINTS)
    public = ", ".join(f"`{endpoint.path}`" for endpoint in PUBLIC)
    parts = [_INTRODUCTION.format(public=public), "## Paths\n", "| path | answer | meaning |", "|---|---|---|"]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            ((media, content),) = operation["responses"]["200"]["content"].items()
            answer = f"`{media}`" if content["schema"].get("type") == "string" else _words(content["schema"])
            parts.append(f"| `{method.upper()} {path}` | {answer} | {operation['summary']} |")
    parts += ["", *_queries(told), *_bodies(told), "## Shapes\n", *_shapes(told)]
    return "\n".join(parts).rstrip() + "\n"


def _bodies(told: dict[str, Any]) -> Iterator[str]:
    yield "## Bodies\n"
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            yield f"`{method.upper()} {path}`: {schema['description']}\n"
            yield "| name | value | meaning |"
            yield "|---|---|---|"
            for name, given in schema["properties"].items():
                yield f"| `{name}` | {_words(given)} | {given['description']} |"
            yield ""


def _queries(told: dict[str, Any]) -> Iterator[str]:
    yield "## Query parameters\n"
    for path, methods in told["paths"].items():
        for operation in methods.values():
            given = [p for p in operation["parameters"] if p["in"] == "query"]
            if not given:
                continue
            yield f"`{path}`\n"
            yield "| name | value | meaning |"
            yield "|---|---|---|"
            for parameter in given:
                yield f"| `{parameter['name']}` | {_words(parameter['schema'])} | {parameter['description']} |"
            yield ""


def _shapes(told: dict[str, Any]) -> Iterator[str]:
    for name, schema in sorted(told["components"]["schemas"].items()):
        yield f"### {name}\n"
        yield " ".join(schema["description"].replace("None", "null").split()) + "\n"
        yield "| field | value |"
        yield "|---|---|"
        for field, given in schema["properties"].items():
            yield f"| `{field}` | {_words(given)} |"
        yield ""


def _words(schema: dict[str, Any]) -> str:
    """A JSON schema in a person's words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_words(branch) for branch in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_words(schema['items'])}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"mapping of names to {_words(values)}" if isinstance(values, dict) else "mapping"
    words = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text", "null": "null"}
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "at least"), ("maximum", "at most")) if key in schema]
    # The largest number that the database holds is no bound that a person needs.
    bounds = [bound for bound in bounds if len(bound) < 20]
    default = [f"default {schema['default']!r}"] if schema.get("default") is not None and kind != "null" else []
    return ", ".join([words[str(kind)], *bounds, *default])


if __name__ == "__main__":
    sys.stdout.write(reference())
