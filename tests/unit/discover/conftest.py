"""Distributions made on the spot: a module and a dist-info folder on `sys.path`, as pip would leave them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HEAD = """
from waybilld_sdk.hooks import hookimpl
from waybilld_sdk.labels import LanguageSpec, RendererSpec
from waybilld_sdk.plugin import AdapterSpec, PluginInfo, PrinterSpec
from waybilld_sdk.settings import Settings
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a plugin: its name, the body of its class, and what differs from the usual."""
    made: list[str] = []

    def make(
        name: str,
        body: str = "",
        *,
        distribution: str = "",
        api: str = "(1, 0)",
        info: str = "",
        module: str | None = None,
        entry_points: bytes | None = None,
    ) -> None:
        distribution = distribution or f"{name}-waybilld"
        folder = tmp_path / distribution
        package = f"made_{distribution.replace('-', '_')}"
        metadata = folder / f"{distribution.replace('-', '_')}-1.5.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n")
        line = f"[waybilld.plugins]\n{name} = {package}:plugin\n".encode()
        (metadata / "entry_points.txt").write_bytes(line if entry_points is None else entry_points)
        info = info or f"PluginInfo({name!r}, '2.0', {api}, 'made for a test')"
        hook = f"    @hookimpl\n    def waybilld_plugin_info(self):\n        return {info}\n"
        usual = f"{HEAD}\nclass Made:\n{hook}{body}\n\nplugin = Made()\n"
        (folder / f"{package}.py").write_text(usual if module is None else module)
        monkeypatch.syspath_prepend(str(folder))
        made.append(package)

    yield make
    for package in made:
        sys.modules.pop(package, None)


@pytest.fixture
def imported() -> Callable[[str], bool]:
    """Whether the plugin of that name was imported."""
    return lambda name: f"made_{name}_waybilld" in sys.modules
