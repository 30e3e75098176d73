"""Discovery: what is named is opened, what fails is kept with its reason, and nobody else is hurt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waybilld.host.discover import Catalogue, LoadFailure
from waybilld_sdk.settings import Settings

Install = Callable[..., None]

CARRIER = """
    @hookimpl
    def waybilld_register_carriers(self):
        return [AdapterSpec(NAME, "made", Settings, lambda ctx, settings: None)]
"""
LANGUAGE = """
    @hookimpl
    def waybilld_register_languages(self):
        return (LanguageSpec("tongue", print),)
"""
CHECK = """
    @hookimpl
    def waybilld_check_order(self, view):
        return ANSWER
"""


def carrier(name: str) -> str:
    return CARRIER.replace("NAME", repr(name))


def check_hook(answer: str) -> str:
    return CHECK.replace("ANSWER", answer)


def failure(name: str, kind: Any = "plugin") -> LoadFailure:
    """The one failure of a plugin that the configuration names."""
    answer = Catalogue.of_installed().resolve(kind, name)
    assert isinstance(answer, LoadFailure)
    return answer


def test_adapters_are_named_as_the_configuration_does(install: Install) -> None:
    """`acme` and `acme/express` are two adapters of one plugin."""
    spec = 'AdapterSpec("express", "made", Settings, lambda ctx, settings: None)'
    install("acme", carrier("acme").replace("[AdapterSpec", f"[{spec}, AdapterSpec"))
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("carrier", "acme") is Settings
    assert catalogue.resolve("carrier", "acme/express") is Settings
    assert set(catalogue.plugins((), ()).carriers) == {"acme", "acme/express"}
    assert catalogue.failures() == ()


def test_only_what_is_named_is_imported(install: Install, imported: Callable[[str], bool]) -> None:
    """An installed plugin that nobody enabled must not run a line of its code."""
    install("wanted", carrier("wanted"))
    install("other", module="raise SystemExit('not wanted')")
    catalogue = Catalogue.of_installed()
    assert not imported("wanted")
    catalogue.resolve("carrier", "wanted")
    assert imported("wanted")
    assert not imported("other")
    assert [row.name for row in catalogue.listing() if row.enabled] == ["wanted"]


@pytest.mark.parametrize(
    ("made", "stage", "words"),
    [
        ({"module": "import no_such_library"}, "import", "ModuleNotFoundError: No module named 'no_such_library'"),
        ({"module": "def ("}, "import", "SyntaxError"),
        ({"module": "raise SystemExit(3)"}, "import", "SystemExit: 3"),
        ({"module": "raise RuntimeError('a\\nb')"}, "import", "RuntimeError: a)"),
        ({"module": ""}, "import", "AttributeError"),
        ({"module": "plugin = None"}, "info", "does not say what it is (hook waybilld_plugin_info)"),
        ({"module": "plugin = 5"}, "info", "does not say what it is"),
        ({"info": "'acme'"}, "info", "says with a str, not a PluginInfo"),
        ({"info": "1 / 0"}, "info", "failed in waybilld_plugin_info (ZeroDivisionError"),
        ({"info": "exit(1)"}, "info", "SystemExit"),
        ({"info": "PluginInfo('other', '1', (1, 0), '')"}, "info", "calls itself 'other', but its entry point is 'acme'"),
        ({"info": "PluginInfo('acme', None, (1, 0), '')"}, "info", "gives a name, version or summary that is no text"),
        ({"api": "(2, 0)"}, "api", "is written for API 2.0, this daemon has API 1.0: upgrade this daemon"),
        ({"api": "(0, 9)"}, "api", "is written for API 0.9, this daemon has API 1.0: upgrade it"),
        ({"api": "(1, 1)"}, "api", "needs API 1.1, this daemon has only API 1.0: upgrade this daemon"),
        ({"api": "'1.0'"}, "api", "names the API '1.0', not two whole numbers"),
        ({"api": "(True, 0)"}, "api", "not two whole numbers"),
        ({"body": check_hook("[]").replace("check", "chek")}, "hooks", "there is no hook waybilld_chek_order"),
        ({"body": check_hook("[]").replace("view", "vieew")}, "hooks", "vieew"),
        ({"body": check_hook("[]") + check_hook("[]").replace("@hookimpl", "@hookimpl(specname='waybilld_check_order')")
            .replace("def waybilld_check_order", "def again")}, "hooks", "waybilld_check_order more than once"),
    ],
)  # fmt: skip
def test_whole_plugin_fails(install: Install, made: dict[str, Any], stage: str, words: str) -> None:
    """Each way to be broken has its stage and a reason that tells what to do, and none stops the next plugin."""
    install("acme", **made)
    install("sound", carrier("sound"))
    found = failure("acme", "carrier")
    assert (found.plugin, found.distribution, found.stage) == ("acme", "acme-waybilld 1.5", stage)
    assert words in found.reason
    assert found.reason.startswith("the plugin 'acme' ")
    assert "\n" not in found.reason
    assert Catalogue.of_installed().resolve("carrier", "sound") is Settings


def test_newer_plugin_with_unknown_hooks_is_told_by_its_version(install: Install) -> None:
    """`unknown hook` would send people to the author when an upgrade of the daemon is what helps."""
    install("acme", check_hook("[]").replace("check", "frobnicate"), api="(1, 7)")
    assert failure("acme").stage == "api"


@pytest.mark.parametrize(
    ("hook", "entry", "words"),
    [
        ("carriers", "5", "gives an entry 0 that is int, not AdapterSpec"),
        ("carriers", "AdapterSpec('a b', '', Settings, print)", "has the name 'a b', which is no name"),
        ("carriers", "AdapterSpec(None, '', Settings, print)", "has the name None"),
        ("carriers", "AdapterSpec('x', '', dict, print)", "settings that are no subclass"),
        ("carriers", "AdapterSpec('x', '', Settings, 5)", "a factory that cannot be called"),
        ("carriers", "AdapterSpec('x', '', Settings, print, 0)", "parallel below 1"),
        ("carriers", "AdapterSpec('x', '', Settings, print, 1, float('nan'))", "a deadline that is not above 0"),
        ("carriers", "AdapterSpec('x', None, Settings, print)", "a summary that is no text"),
        ("printers", "AdapterSpec('x', '', Settings, print)", "is AdapterSpec, not PrinterSpec"),
        ("printers", "PrinterSpec('x', '', Settings, print, capabilities=5)", "has capabilities that cannot be called"),
        ("printers", "PrinterSpec('x', '', dict, print)", "settings that are no subclass"),
        ("languages", "LanguageSpec('x', print, says='upside_down')", "has says that is no frozenset of media_mode"),
        ("languages", "LanguageSpec('x', print, says=frozenset({'colour'}))", "has says that is no frozenset"),
        ("languages", "RendererSpec('x', print)", "that is RendererSpec, not LanguageSpec"),
        ("languages", "LanguageSpec('x', 5)", "an encode that cannot be called"),
        ("languages", "LanguageSpec('x', lambda page, settings: None)", "encode that cannot go to a worker process"),
        ("renderers", "RendererSpec('x', lambda request: ())", "render that cannot go to a worker process"),
        ("languages", "LanguageSpec('x', print, 5)", "a bind that cannot be called"),
        ("languages", "LanguageSpec('x', print, None, ['zpl'])", "carries that is no frozenset of language names"),
        ("renderers", "None", "that is NoneType, not RendererSpec"),
        ("renderers", "RendererSpec('x', 5)", "a render that cannot be called"),
    ],
)
def test_garbage_registration(install: Install, hook: str, entry: str, words: str) -> None:
    """Garbage must be found at start, not when the first order needs it."""
    install("acme", f"    @hookimpl\n    def waybilld_register_{hook}(self):\n        return [{entry}]\n")
    found = failure("acme")
    assert (found.stage, found.part) == ("register", hook)
    assert words in found.reason


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("5", "returns int, not a list,"),
        ("'abc'", "returns str, not a list,"),
        ("(n for n in ())", "returns generator, not a list,"),
        ("1 / 0", "failed (ZeroDivisionError: division by zero)"),
    ],
)
def test_garbage_answer(install: Install, answer: str, words: str) -> None:
    """A hook that breaks loses its own part only."""
    install("acme", f"    @hookimpl\n    def waybilld_register_printers(self):\n        return {answer}\n{carrier('acme')}")
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("carrier", "acme") is Settings
    found = catalogue.resolve("printer", "acme")
    assert isinstance(found, LoadFailure)
    assert words in found.reason
    assert catalogue.failures() == (found,)


def test_good_entries_beside_a_bad_one_are_kept(install: Install) -> None:
    """One bad adapter of a plugin must not take its other accounts down."""
    install("acme", carrier("acme").replace("[AdapterSpec", "[5, AdapterSpec"))
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("carrier", "acme") is Settings
    assert [one.part for one in catalogue.plugins((), ()).failures] == ["carriers"]


def test_name_twice_in_one_plugin(install: Install) -> None:
    """Which of the two would be meant?"""
    spec = 'AdapterSpec("acme", "made", Settings, lambda ctx, settings: None)'
    install("acme", carrier("acme").replace("[AdapterSpec", f"[{spec}, AdapterSpec"))
    assert "uses the name 'acme' twice" in failure("acme").reason


def test_unknown_plugin_and_adapter(install: Install) -> None:
    """A slip in the configuration gets the nearest name."""
    install("acme", carrier("express"))
    assert failure("amce", "carrier").reason == "no plugin named 'amce' is installed, did you mean 'acme'?"
    assert "install the package that brings it" in failure("zzz", "carrier").reason
    assert failure("acme", "carrier").reason.endswith("has no carrier adapter named 'acme'; its carriers: acme/express")
    assert failure("acme/express", "printer").reason.endswith("it brings no printers at all")


def test_two_distributions_with_one_plugin_name(install: Install) -> None:
    """The first on the path would win by accident, and another after an upgrade."""
    install("acme", carrier("acme"), distribution="acme-one")
    install("acme", carrier("acme"), distribution="acme-two")
    found = failure("acme", "carrier")
    assert found.stage == "find"
    assert found.reason == "acme-one 1.5 and acme-two 1.5 both bring a plugin named 'acme': uninstall one of them"
    catalogue = Catalogue.of_installed()
    assert [(row.name, row.enabled) for row in catalogue.listing() if row.name == "acme"] == [("acme", False)]
    assert found in catalogue.failures()


def test_broken_metadata_of_a_stranger(install: Install) -> None:
    """A distribution with a torn file is somebody else's trouble, and is only reported."""
    install("torn", entry_points=b"[waybilld.plugins]\n\xff\xfe = x\n")
    install("headless", entry_points=b"no section\n= \n")
    install("acme", carrier("acme"))
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("carrier", "acme") is Settings
    assert any(one.stage == "metadata" and "unreadable metadata" in one.reason for one in catalogue.failures())


def test_missing_metadata_file(install: Install, tmp_path: Path) -> None:
    """A half-removed distribution must not stop the daemon."""
    install("acme", carrier("acme"))
    (tmp_path / "acme-waybilld" / "acme_waybilld-1.5.dist-info" / "METADATA").unlink()
    assert Catalogue.of_installed().resolve("carrier", "acme") is Settings


def test_conflict_names_both(install: Install) -> None:
    """Two encoders for one language would print different bytes after a change of order in the file."""
    install("one", LANGUAGE)
    install("two", LANGUAGE)
    catalogue = Catalogue.of_installed()
    assert catalogue.resolve("plugin", "one") is Settings
    found = catalogue.resolve("plugin", "two")
    assert isinstance(found, LoadFailure)
    assert found.stage == "conflict"
    assert found.reason == "the plugins 'one' and 'two' both bring the language 'tongue': enable only one"
    assert set(catalogue.plugins((), ("one", "two")).languages) == {"tongue"}


def test_renderer_is_found_among_enabled_plugins(install: Install) -> None:
    """A renderer of a plugin that is not enabled is not there."""
    install(
        "acme", "    @hookimpl\n    def waybilld_register_renderers(self):\n        return [RendererSpec('fine', print)]\n"
    )
    catalogue = Catalogue.of_installed()
    assert isinstance(catalogue.resolve("renderer", "fine"), LoadFailure)
    catalogue.resolve("plugin", "acme")
    assert catalogue.resolve("renderer", "fine") is Settings
    found = catalogue.resolve("renderer", "fin")
    assert isinstance(found, LoadFailure)
    assert found.reason == "no enabled plugin brings a renderer named 'fin', did you mean 'fine'?"


def test_each_asks_in_order_and_isolates(install: Install) -> None:
    """One plugin that raises must skip itself only, and the order of the file decides who is asked first."""
    install("first", check_hook("['a']"))
    install("raises", check_hook("1 / 0"))
    install("leaves", check_hook("exit(1)"))
    install("silent", check_hook("None"))
    install("without", carrier("without"))
    install("last", check_hook("[view]"))
    order = ("last", "raises", "leaves", "without", "silent", "first")
    plugins = Catalogue.of_installed().plugins(order, ("first",))
    answers = list(plugins.each("waybilld_check_order", view="seen"))
    assert [name for name, _ in answers] == ["last", "raises", "leaves", "silent", "first"]
    results = dict(answers)
    assert (results["last"], results["silent"], results["first"]) == (["seen"], None, ["a"])
    assert isinstance(results["raises"], ZeroDivisionError)
    assert isinstance(results["leaves"], RuntimeError)


def test_each_stops_where_its_caller_stops(install: Install) -> None:
    """Where the first answer decides, the plugins behind it must not be called at all."""
    install("first", check_hook("['a']"))
    install("second", check_hook("self.calls.append(1)") + "    calls = []\n")
    plugins = Catalogue.of_installed().plugins(("first", "second"), ())
    assert next(plugins.each("waybilld_check_order", view=None)) == ("first", ["a"])
    second = plugins.rules[1].hooks.get_plugin("second")
    assert second is not None
    assert second.calls == []


def test_each_keeps_the_lists_apart(install: Install) -> None:
    """A plugin that is enabled for labels only must not judge orders."""
    install(
        "acme", check_hook("['a']") + check_hook("'edited'").replace("check_order(self, view)", "edit_label(self, request)")
    )
    plugins = Catalogue.of_installed().plugins((), ("acme",))
    assert list(plugins.each("waybilld_check_order", view=None)) == []
    assert list(plugins.each("waybilld_edit_label", request=None)) == [("acme", "edited")]
    with pytest.raises(KeyError):
        plugins.each("waybilld_register_carriers")


def test_built_in_plugins_are_found() -> None:
    """The daemon's own plugins come through the same door as anyone's."""
    names = {row.name for row in Catalogue.of_installed().listing()}
    assert {"files", "numbered", "raw", "labels", "rules"} <= names
