"""What settings of plugins name in the configuration: checked at its line, as the host's own references are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from waybilld.config.errors import ConfigErrors
from waybilld.config.load import Kind, Loaded, parse
from waybilld.host.discover import Catalogue, LoadFailure, Plugins
from waybilld.host.rendering import configured
from waybilld_sdk.errors import Hold
from waybilld_sdk.files.explain import Finding
from waybilld_sdk.labels import LabelRequest, Page, Render, RendererSpec
from waybilld_sdk.settings import Misconfigured, Names, Settings


class Corner(Settings):
    """A model inside another, with names in all the shapes that a field may have."""

    shop: Annotated[str | None, Names("shops")] = None
    accounts: Annotated[tuple[str, ...], Names("carriers"), Field(strict=False)] = ()
    modes: tuple[Annotated[str, Names("modes")], ...] = ()
    by_pool: dict[str, Annotated[str, Names("printers")]] = Field(default={})
    word: str = ""


class Corners(Settings):
    """What a plugin of somebody else may be told."""

    corner: Corner = Corner()
    more: tuple[Corner, ...] | None = None
    pair: tuple[str, Annotated[str, Names("warehouses")]] = ("", "north")


def resolve(kind: Kind, name: str) -> type[Settings]:
    """Every renderer and the carrier `odd` have corners; everything else has no settings."""
    return Corners if kind == "renderer" or name == "odd" else Settings


def told(text: str) -> list[str]:
    """The mistakes of a text, without the file's name."""
    outcome = parse(text, Path("w.yaml"), resolve)
    return [str(one).removeprefix("w.yaml:") for one in outcome.errors] if isinstance(outcome, ConfigErrors) else []


@pytest.fixture
def plain(good: str) -> str:
    """The good file, with settings of nobody."""
    return good.replace("    settings: {folder: orders, token: {env: TOKEN}}\n", "").replace(
        ", settings: {media: [100, 150]}", ""
    )


WRONG = {
    "corner: {shop: shpo}": "20:36: labels.settings.corner.shop: shops has no entry named 'shpo', did you mean 'shop'?",
    "corner: {accounts: [post, pots]}": "20:47: labels.settings.corner.accounts[1]: carriers has no entry named 'pots', did",
    "corner: {modes: [expres]}": "20:38: labels.settings.corner.modes[0]: no carrier has the mode 'expres', did you",
    "corner: {modes: [zzz]}": "20:38: labels.settings.corner.modes[0]: no carrier has the mode 'zzz': known are express",
    "more: [{}, {shop: zzz}]": "20:39: labels.settings.more[1].shop: shops has no entry named 'zzz': add it to shops",
    "corner: {by_pool: {a: lft}}": "20:43: labels.settings.corner.by_pool.a: printers has no entry named 'lft', did you mea",
    "pair: [nort, nort]": "20:34: labels.settings.pair[1]: warehouses has no entry named 'nort', did you mean 'north'?",
}


@pytest.mark.parametrize("settings", WRONG)
def test_a_name_that_nothing_has_is_told_at_its_line(plain: str, settings: str) -> None:
    """A choice for the shop `stor` would be passed over for ever, and nobody would see why."""
    (line,) = told(plain + f"labels: {{settings: {{{settings}}}}}\n")
    assert line.startswith(WRONG[settings])


def test_adapters_are_checked_too(plain: str) -> None:
    """What holds for the renderer holds for everybody's settings."""
    (line,) = told(plain.replace("adapter: plain}", "adapter: odd, settings: {corner: {shop: shpo}}}"))
    assert "carriers[0].settings.corner.shop: shops has no entry named 'shpo', did you mean 'shop'?" in line


@pytest.mark.parametrize(
    "settings",
    ["corner: {shop: shop, accounts: [post], modes: [express], by_pool: {x: left}, word: any}", "corner: {shop: null}", ""],
)
def test_right_names_and_none_are_let_through(plain: str, settings: str) -> None:
    """A check that cries wolf is switched off."""
    assert told(plain + f"labels: {{settings: {{{settings}}}}}\n") == []


def test_a_name_that_another_mistake_hides_is_not_doubted(plain: str) -> None:
    """One slip in a carrier's mode or name must be one line."""
    text = plain + "labels: {settings: {corner: {modes: [air], accounts: [post]}}}\n"
    (line,) = told(text.replace("{name: post, adapter: plain}", "{name: post, adapter: plain, mode: 5}"))
    assert "carriers[0].mode: must be text" in line
    assert not [one for one in told(text.replace("{name: post,", "{nmae: post,")) if "labels" in one]


def draws_nothing(request: LabelRequest) -> tuple[Page, ...]:
    """A renderer that is never asked."""
    raise Hold(f"{request.kind} is not drawn")


def refuses(settings: Settings, folder: Path) -> Render:
    """A renderer whose folder is not there."""
    raise Misconfigured(findings=(Finding(("corner", "word"), f"{settings!r:.7} has no {folder.name}"),))


def breaks(settings: Settings, folder: Path) -> Render:
    """A renderer with a bug."""
    raise KeyError(settings, folder)


@pytest.mark.parametrize(
    ("configure", "start"),
    [
        (refuses, "20:36: labels.settings.corner.word: Corners has no "),
        (breaks, "20:20: labels.settings: the renderer own could not be made ready: "),
    ],
)
def test_what_a_renderer_finds_later_has_its_line_as_well(plain: str, tmp_path: Path, configure: Render, start: str) -> None:
    """Templates are read after the file was checked; a sysadmin must not have to search for the line all the same."""
    file = tmp_path / "w.yaml"
    file.write_text(plain + "labels: {settings: {corner: {word: x}}}\n")
    outcome = parse(file.read_text(), file, resolve)
    assert isinstance(outcome, Loaded)
    spec = RendererSpec("own", draws_nothing, Corners, configure)  # type: ignore[arg-type]
    plugins = Plugins({}, {}, {}, {}, {"own": spec}, (), (), ())
    for path, words in ((file, f"{file}:{start}"), (tmp_path / "none.yaml", start.split(" ", 1)[1])):
        with pytest.raises(Misconfigured) as wrong:
            configured(plugins, "own", outcome.config.labels.settings, path)
        assert str(wrong.value).startswith(words)


def test_the_built_in_renderer_says_what_its_choices_name(plain: str) -> None:
    """The marks on our own settings: a choice with three slips is three lines."""
    catalogue = Catalogue.of_installed()

    def installed(kind: Kind, name: str) -> type[Settings] | LoadFailure:
        return catalogue.resolve(kind, name) if "labels" in (kind, name) or kind == "renderer" else Settings

    choice = "{template: waybill-100x150, shop: shpo, account: pots, mode: expres, service: any}"
    outcome = parse(plain + f"labels: {{settings: {{choose: [{choice}]}}}}\n", Path("w.yaml"), installed)
    assert isinstance(outcome, ConfigErrors)
    assert [one.path for one in outcome.errors] == [
        f"labels.settings.choose[0].{key}" for key in ("shop", "account", "mode")
    ]
