"""A printer language that somebody else brings: installed beside the daemon, named in the configuration, printed with."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from support.readers.every import READERS, png
from unit.labels.label_samples import CHINESE
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.host.discover import Catalogue
from waybilld.host.drawing import Drawn, ToDraw, draw_all
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.settings import Settings

SETTINGS = PrinterSettings(8.0, (100.0, 150.0))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin with the metadata that pip would leave."""
    metadata = tmp_path / "site" / "epl2_waybilld-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: epl2-waybilld\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[waybilld.plugins]\nepl2 = support.epl2_plugin:plugin\n")
    monkeypatch.syspath_prepend(str(metadata.parent))


@pytest.mark.usefixtures("installed")
def test_the_host_finds_it_and_prints_a_label_with_it() -> None:
    """A language that needs more than its entry point could not be brought by anybody but us."""
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("plugin", "labels") is Settings
    assert catalogue.resolve("plugin", "epl2") is Settings
    plugins = catalogue.plugins((), ("labels", "epl2"))
    assert plugins.failures == ()
    order = ToDraw(CHINESE, (("epl2", "key", SETTINGS, plugins.languages["epl2"].encode),))
    sent = pickle.loads(pickle.dumps((plugins.renderers["standard"].render, (order,))))
    (sheets,) = draw_all(*sent)
    assert isinstance(sheets, tuple)
    (drawn,) = sheets
    assert isinstance(drawn, Drawn)
    ((language, key, document),) = drawn.documents
    assert (language, key, document.language, document.token) == ("epl2", "key", "epl2", b"P1\n")
    assert READERS["epl2"](document.body + document.token, drawn.page, SETTINGS) == png(drawn.page.png)


@pytest.mark.usefixtures("installed")
def test_the_command_line_speaks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes a language tries it with `labels encode` first."""
    config = tmp_path / "waybilld.yaml"
    config.write_text("state: state\nruntime: rt\nlabels: {plugins: [labels, epl2]}\n")
    monkeypatch.setenv("WAYBILLD_CONFIG", str(config))
    for language in ("epl2", "png"):
        assert run(["labels", "encode", "test", "--language", language, "-o", str(tmp_path / language)]) == Exit.DONE
    meant = png((tmp_path / "png").read_bytes())
    page = Page(meant.width, meant.height, b"", "key")
    assert READERS["epl2"]((tmp_path / "epl2").read_bytes(), page, replace(SETTINGS)) == meant
