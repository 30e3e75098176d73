"""What a right file loads to, that it can be shown and loaded again, and that no file ends in a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from waybilld.config.errors import ConfigErrors
from waybilld.config.load import Kind, Loaded, Resolve, load, parse
from waybilld.config.model import Config, ConfirmAt, Release, listen_address
from waybilld.config.show import as_yaml, effective
from waybilld.core.policy import Mask
from waybilld_sdk.files.marks import Value
from waybilld_sdk.settings import Settings

Accepted = Callable[[str], Loaded]


def anything(kind: Kind, name: str) -> type[Settings]:
    """A resolver that knows everything and wants nothing."""
    del kind, name
    return Settings


def test_good_file(good: str, accepted: Accepted) -> None:
    """Defaults and adapter settings are what the daemon acts on."""
    config = accepted(good).config
    (shop,) = config.shops
    assert (shop.confirm, shop.release, shop.poll_seconds) == (ConfirmAt.HANDED_OVER, Release.AUTO, 10.0)
    assert shop.mask is Mask.AUTO
    assert type(shop.settings).__name__ == "FakeSettings"
    assert effective(shop.settings) == {"folder": "orders", "token": {"env": "TOKEN"}, "count": 1}
    assert config.printers[0].unconfirmed is None
    assert effective(config.printers[1].settings) == {"media": [100.0, 150.0], "secret": "", "boom": False}
    assert config.warehouses[0].country == "NO"
    assert (config.rules.plugins, config.labels.plugins, config.labels.renderer) == (("rules",), ("labels",), "standard")


def test_file_without_shops_is_a_fresh_install(accepted: Accepted) -> None:
    """A daemon that refuses to start before the first shop exists could not be set up step by step."""
    config = accepted("node: main\n").config
    assert config == Config()
    assert (str(config.state), str(config.runtime)) == ("/var/lib/waybilld", "/run/waybilld")
    assert config.listen == "127.0.0.1:8631"


def test_relative_folders_start_at_the_file(tmp_path: Path, resolve: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that follows the working directory would open another database after a restart by another service."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "w.yaml").write_text("state: data\nruntime: ../run\n")
    monkeypatch.chdir(tmp_path)
    outcome = load(Path("etc/w.yaml"), resolve)
    assert isinstance(outcome, Loaded)
    assert outcome.config.state == folder / "data"
    assert outcome.config.runtime == folder / "../run"


def test_byte_order_mark_and_crlf(good: str, tmp_path: Path, resolve: Resolve) -> None:
    """A file that was saved on Windows is still the same file."""
    path = tmp_path / "w.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
    assert isinstance(load(path, resolve), Loaded)


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:8631", ("::1", 8631)), ("localhost:1", ("localhost", 1))],
)
def test_listen_address(text: str, address: tuple[str, int]) -> None:
    """Host and port are needed apart to bind."""
    assert listen_address(text) == address


@pytest.mark.parametrize("text", ["::1:80", "127.0.0.1", "[127.0.0.1]:1", "1.2.3.4:65536", ":80", "a:b", "", "127.0.0.1:٣"])
def test_listen_address_refused(text: str) -> None:
    """A wrong address must be told at check time, not when the port is opened."""
    with pytest.raises(ValueError, match="must be"):
        listen_address(text)


def test_shown_configuration_loads_again(good: str, accepted: Accepted) -> None:
    """What `config show` prints is copied into files; it must mean the same there."""
    config = accepted(good).config
    text = as_yaml(effective(config))
    assert accepted(text).config == config
    assert json.loads(json.dumps(effective(config))) == effective(config)


def test_secret_is_shown_as_reference(good: str, accepted: Accepted, monkeypatch: pytest.MonkeyPatch) -> None:
    """`config show` goes into bug reports."""
    monkeypatch.setenv("TOKEN", "hunter2")
    text = as_yaml(effective(accepted(good).config))
    assert "hunter2" not in text
    assert "token:\n      env: TOKEN" in text


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
ambiguous = st.sampled_from(
    ["NO", "yes", "0o17", "1e5", "089", "0755", "~", "null", "22:30", "2026-01-31", "=", "<<", ".5", "!x", "- a"]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(texts, ambiguous))
def test_any_text_survives_showing(text: str) -> None:
    """A phone number such as 0o17 or 1e5 must not come back as a number."""
    sender = {"name": "a", "display_name": text, "phone": text, "address": text}
    first = parse(json.dumps({"senders": [sender]}), Path("/w.yaml"), anything)
    assert isinstance(first, Loaded)
    again = parse(as_yaml(effective(first.config)), Path("/w.yaml"), anything)
    assert isinstance(again, Loaded)
    assert again.config == first.config


def _check_report(text: str, resolve: Resolve) -> None:
    outcome = parse(text, Path("w.yaml"), resolve)
    if isinstance(outcome, ConfigErrors):
        assert outcome.errors
        for error in outcome.errors:
            assert str(error).isprintable()
            assert error.line is None or 1 <= error.line <= text.count("\n") + 2


KEYS = (
    *("node", "state", "runtime", "listen", "shops", "carriers", "printers", "pools", "warehouses", "senders", "rules"),
    *("labels", "retention", "name", "adapter", "settings", "sender", "pool", "confirm", "poll_seconds", "mask"),
    *("plugins", "renderer", "country", "pages_days", "x"),
)
keys = st.sampled_from(KEYS)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, ambiguous)
trees: st.SearchStrategy[Value] = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=6)), max_leaves=25
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(keys, trees, max_size=8))
def test_any_tree_gives_a_configuration_or_errors(resolve: Resolve, tree: dict[str, Value]) -> None:
    """A value of an unexpected kind in any place must end in a sentence."""
    _check_report(yaml.safe_dump(tree, allow_unicode=True), resolve)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_gives_a_configuration_or_errors(good: str, resolve: Resolve, data: st.DataObject) -> None:
    """A slip of the keyboard anywhere in a good file must end in a sentence."""
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 12)))
    _check_report(good[:start] + data.draw(st.text("ab:-[]{}&*!'\"#\n ,|>%", max_size=6)) + good[end:], resolve)
