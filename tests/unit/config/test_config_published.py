"""What people read of the configuration: the reference, the commented example, the schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from waybilld.config.load import Loaded, Resolve, load
from waybilld.config.model import Config, Labels, Pool, Printer, Sender, Shop, Warehouse
from waybilld.config.reference import reference
from waybilld.config.schema import config_schema
from waybilld.host.discover import Catalogue
from waybilld_sdk.settings import SecretRef, Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "etc" / "waybilld.yaml"


class Range(Settings):
    """A part of an adapter's settings."""

    first: int


class Ranged(Settings):
    """Settings with a model inside, so that definitions have to move."""

    ranges: tuple[Range, ...]


class Undescribable(Settings):
    """A type that JSON Schema has no word for."""

    made_by: type[int] = int


def built_in_adapters() -> Resolve:
    """The installed adapters; every plugin is taken as there, because the file's text is what is tested."""
    catalogue = Catalogue.of_installed()
    return lambda kind, name: Settings if kind == "plugin" and name != "labels" else catalogue.resolve(kind, name)


def test_reference_is_up_to_date() -> None:
    """A reference that lags behind the models is worse than none: python -m waybilld.config.reference writes it."""
    assert (ROOT / "docs" / "reference" / "config.md").read_text() == reference()


def test_every_key_has_a_meaning() -> None:
    """A key without a description would be an empty cell in the reference."""
    assert all(info.description for model in (Config, Shop, Printer) for info in model.model_fields.values())


def test_every_mapping_leads_to_its_table() -> None:
    """`list of mapping` and not one word of its keys: a print set's item once had to be guessed."""
    text = reference()
    anchors = set(re.findall(r"\(#([a-z-]+)\)", text))
    headings = {
        re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^## (.+)$", text, re.M)
    }
    assert "shopsprintmode" in anchors <= headings
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert {row[0] for row in rows if re.search(r"(?<!\[)\bmapping\b(?! of)", row[1])} == {"| `settings`"}


def test_example_loads_with_the_built_in_adapters() -> None:
    """The example is the first file that a sysadmin edits; it must be right as it stands."""
    outcome = load(EXAMPLE, built_in_adapters())
    assert isinstance(outcome, Loaded), str(outcome)
    assert len(outcome.config.printers) == 2


def test_example_shows_every_key_with_a_comment() -> None:
    """A key that the example hides is a key that nobody finds."""
    text = EXAMPLE.read_text()
    tree = yaml.safe_load(text)
    outcome = load(EXAMPLE, built_in_adapters())
    assert isinstance(outcome, Loaded), str(outcome)
    config = outcome.config
    assert set(tree) == set(Config.model_fields)
    firsts = {"shops": Shop, "printers": Printer, "senders": Sender, "pools": Pool}
    for section, model in firsts.items():
        assert set(tree[section][0]) == set(model.model_fields)
    assert set(tree["labels"]) == set(Labels.model_fields)
    assert set(tree["warehouses"][0]) == set(Warehouse.model_fields)
    for section in ("shops", "carriers", "printers"):
        shown, instance = tree[section][0]["settings"], getattr(config, section)[0].settings
        assert all(key in shown or f"      # {key}: " in text for key in type(instance).model_fields)
    first_of_each = text.split("  - name: bench-2")[0]
    bare = [line for line in first_of_each.splitlines() if re.match(r" {4,6}[a-z_]+:(?! *&)", line) and "#" not in line]
    assert {line.split(":")[0].strip() for line in bare} <= {"display_name", "phone", "address", "country"}


def test_schema_joins_the_adapters() -> None:
    """Editors complete the settings of the adapter that is named, and of no other."""
    schema = config_schema({"carrier": {"plain": Settings, "acme/own": Ranged}, "marketplace": {}, "printer": {}})
    own, plain = schema["$defs"]["Carrier"]["oneOf"]
    assert own["properties"]["adapter"] == {"const": "acme/own"}
    assert own["required"] == ["adapter", "settings"]
    assert plain["required"] == ["adapter"]
    assert "oneOf" not in schema["$defs"]["Shop"]
    assert _dangling(schema) == set()


def test_schema_of_installed_adapters_has_no_dangling_reference() -> None:
    """One dangling reference makes editors ignore the whole schema."""
    catalogue = Catalogue.of_installed()
    catalogue.open_all()
    plugins = catalogue.plugins((), ())
    models = {name: spec.settings for name, spec in plugins.printers.items()}
    assert "raw" in models
    assert _dangling(config_schema({"printer": models})) == set()


def test_schema_survives_a_model_that_it_cannot_describe() -> None:
    """One odd adapter must not take the schema of all others away."""
    schema = config_schema({"printer": {"odd": Undescribable}})
    assert schema["$defs"]["printer.odd.settings"]["type"] == "object"


def test_secret_keys_are_described() -> None:
    """The reference explains each way to name a secret."""
    assert issubclass(SecretRef, BaseModel)
    assert all(f"| `{key}` |" in reference() for key in SecretRef.model_fields)


def _dangling(schema: dict[str, Any]) -> set[str]:
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                found.add(reference.removeprefix("#/$defs/"))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(schema)
    return found - set(schema["$defs"])
