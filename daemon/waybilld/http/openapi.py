"""The route table as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter

import waybilld
from waybilld.http.shapes import ErrorReply
from waybilld.http.table import Endpoint

_REF = "#/components/schemas/{model}"


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Everything that the endpoints take and give."""
    listed = list(endpoints)
    schemas, definitions = _schemas(listed)
    paths: dict[str, Any] = {}
    for endpoint in listed:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "waybilld", "version": waybilld.__version__},
        "paths": paths,
        "components": {"schemas": definitions},
    }


def _schemas(endpoints: list[Endpoint]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of each JSON reply by endpoint's name (and of errors by `error`), and the definitions they refer to."""
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [("error", "serialization", TypeAdapter(ErrorReply))]
    inputs += [(e.name, "serialization", TypeAdapter(e.reply)) for e in endpoints if not isinstance(e.reply, str)]
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return {name: schema for (name, _), schema in found.items()}, shared.get("$defs", {})


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    text = isinstance(endpoint.reply, str)
    media = endpoint.reply if text else "application/json"
    schema = {"type": "string"} if text else schemas[endpoint.name]
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint.query)],
        "responses": {
            "200": {"description": HTTPStatus.OK.phrase, "content": {media: {"schema": schema}}},
            "default": {
                "description": "What is wrong, and what to do",
                "content": {"application/json": {"schema": schemas["error"]}},
            },
        },
    }
    if endpoint.body is not None:
        body = endpoint.body.model_json_schema(ref_template=_REF)
        body = _inlined({key: value for key, value in body.items() if key != "$defs"}, body.get("$defs", {}))
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = [segment[1:-1] for segment in endpoint.segments if segment.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(ref_template=_REF)
    defined = schema.get("$defs", {})
    found = []
    for name, given in schema["properties"].items():
        described = {key: value for key, value in given.items() if key not in ("title", "description")}
        # Few and small: written out in place, so that the parameters stand alone.
        found.append(
            {
                "name": name,
                "in": "query",
                "description": given.get("description", ""),
                "schema": _inlined(described, defined),
            }
        )
    return found


def _inlined(schema: Any, defined: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            own = {key: value for key, value in schema.items() if key != "$ref"}
            return {**_inlined(defined[schema["$ref"].rsplit("/", 1)[1]], defined), **own}
        return {key: _inlined(value, defined) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(item, defined) for item in schema]
    return schema
