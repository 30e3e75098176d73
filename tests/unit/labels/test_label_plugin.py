"""The package as the host meets it."""

from __future__ import annotations

import pickle
from importlib.metadata import entry_points

import pluggy

from unit.labels.label_samples import CHINESE
from waybilld_labels.plugin import plugin
from waybilld_sdk.hooks import ENTRY_POINT_GROUP, PROJECT, Hooks
from waybilld_sdk.labels import PrinterSettings


def test_the_host_finds_renderer_and_languages() -> None:
    """A hook that pluggy does not accept would leave the daemon without labels."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(plugin)
    manager.check_pending()
    (info,) = manager.hook.waybilld_plugin_info()
    (renderers,) = manager.hook.waybilld_register_renderers()
    (languages,) = manager.hook.waybilld_register_languages()
    assert info.name == "labels"
    assert [renderer.name for renderer in renderers] == ["standard"]
    named = [language.name for language in languages]
    assert named == ["zpl", "zpl-acs", "tspl", "cpcl", "cpcl-hex", "escpos", "pwg", "pdf", "png"]


def test_the_entry_point_is_this_object() -> None:
    """Discovery goes by entry point only."""
    (found,) = [point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name == "labels"]
    assert found.load() is plugin


def test_functions_and_values_travel_to_a_worker() -> None:
    """The host runs both in worker processes: everything must survive pickling."""
    (renderer,) = plugin.waybilld_register_renderers()
    request, render = pickle.loads(pickle.dumps((CHINESE, renderer.render)))
    page = pickle.loads(pickle.dumps(render(request)[0]))
    for language in plugin.waybilld_register_languages():
        encode = pickle.loads(pickle.dumps(language.encode))
        document = encode(page, PrinterSettings(8.0, (100.0, 150.0)))
        assert document.language == language.name
        assert document == language.encode(page, PrinterSettings(8.0, (100.0, 150.0)))
    assert (document.body, document.token) == (page.png, b"")
