"""What people read of the API: the reference and the OpenAPI document."""

from __future__ import annotations

import json
import re
from pathlib import Path

from unit.http.http_house import Daemon
from waybilld.http.reference import reference
from waybilld.http.table import ENDPOINTS

ROOT = Path(__file__).parents[3]


def test_reference_is_up_to_date() -> None:
    """A reference that lags behind the table is worse than none: python -m waybilld.http.reference writes it."""
    assert (ROOT / "docs" / "reference" / "api.md").read_text("utf-8") == reference()


def test_openapi_names_every_endpoint_once(daemon: Daemon) -> None:
    """Generators make one function an operation; a name twice, or a schema missing, breaks them."""
    told = daemon.get("/api/v1/openapi.json")
    operations = [o for methods in told["paths"].values() for o in methods.values()]
    assert sorted(o["operationId"] for o in operations) == sorted(e.name for e in ENDPOINTS)
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(told)))
    assert used <= set(told["components"]["schemas"])
    for path, methods in told["paths"].items():
        for operation in methods.values():
            given = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path))


def test_every_parameter_and_shape_is_described(daemon: Daemon) -> None:
    """An empty cell in the reference is a question to support."""
    told = daemon.get("/api/v1/openapi.json")
    assert all(schema.get("description") for schema in told["components"]["schemas"].values())
    queries = [p for m in told["paths"].values() for o in m.values() for p in o["parameters"] if p["in"] == "query"]
    assert all(parameter["description"] for parameter in queries)
