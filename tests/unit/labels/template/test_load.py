"""Template files: every mistake told in one line with its place, all of them at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from unit.labels.label_samples import CHINESE
from waybilld_labels.renderer import configure, draw, shipped
from waybilld_labels.template.load import load
from waybilld_labels.template.settings import Choice, RendererSettings
from waybilld_sdk.errors import Hold
from waybilld_sdk.settings import Misconfigured

GOOD = """\
template: own
about: An own label
kind: waybill
media: [100, 150]
layout:
  column:
    - {text: "{{ carrier }}", height: 10}
    - barcode: "{{ number }}"
"""


def wrong(folder: Path, **files: str) -> list[str]:
    """The lines that are said of these files, each without its folder."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(Misconfigured) as told:
        load(folder)
    return [str(mistake).removeprefix(f"{folder}/") for mistake in told.value.mistakes]


BARCODE = 'barcode: "{{ number }}"'


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("text:", "tex:", "7:8: column[0].tex: unknown key, did you mean 'text'?"),
        ("height: 10", "hight: 10", "7:31: column[0].hight: unknown key, did you mean 'height'?"),
        ("height: 10", "height: tall", "7:39: column[0].height: must be a number, not text"),
        ("height: 10", "height: 5 mm", "7:39: column[0].height: must be a number, not text: lengths are in mm, so write 5"),
        ("height: 10", "size: .5in", "7:37: column[0].size: must be a number, not text: lengths are in mm, so write 12.7"),
        ("height: 10", "height: 3,5", "7:41: column[0]: a comma separates keys here: if a decimal is meant, write 3.5"),
        ("height: 10", "\theight: 3", "7:31: not valid YAML: a tab stands where only blanks may"),
        ('"{{ carrier }}"', "{{ carrier }}", "7:15: column[0].text: a value that begins with {{ must stand in quotes"),
        ('"{{ carrier }}"', "[a, {say: b}]", "7:15: column[0].text[0]: must be a mapping (key: value), not text"),
        ("height: 10", "pad: [1, 2, 3]", "7:36: column[0].pad: needs at most 2 entries, has 3"),
        ("height: 10", "width: 10", "7:31: column[0].width: has no effect in a column"),
        ("height: 10", "at: [1, 2]", "7:31: column[0].at: has no effect outside a `place`"),
        ("height: 10", "smallest: 4", "7:41: column[0].smallest: is above the size of 3 mm"),
        ("height: 10", "fill: true, inverse: true", "7:43: column[0].inverse: stands on ink already"),
        ('"{{ carrier }}"', "[{say: b}], size: 4", "7:26: column[0].size: has no effect beside a list of paragraphs"),
        (BARCODE, "row: [{box: , height: 3}]", "8:21: column[1].row[0].height: has no effect in a row"),
        (BARCODE, "place: [{box: , height: 3}]", "8:15: column[1].place[0]: a cell of a `place` needs `at"),
        ("  column:", "  height: 9\n  column:", "6:3: height: has no effect at the top"),
        (BARCODE, "include: waybill-100x150", "8:16: column[1].include: waybill-100x150 is a template, and only fragments"),
        (BARCODE, "include: My_Flower", "8:16: column[1].include: there is no fragment 'My_Flower': known are copy-mark"),
        (BARCODE, "image: pale.png", "8:14: column[1].image: the picture pale.png is so pale"),
        (BARCODE, "image: a.gif", "8:14: column[1].image: the picture a.gif cannot be used: it is no PNG or JPEG"),
        ("height: 10", "box: ", "7:7: column[0]: has text and box, and one of them says already what it is"),
        ("{{ carrier }}", "{{ carier }}", "7:18: column[0].text: there is no field 'carier': did you mean 'carrier'?"),
        ('"{{ carrier }}"', "'to {{ copy | uper }}'", "7:21: column[0].text: there is no filter 'uper', did you mean"),
        ('"{{ carrier }}"', '"\\x41 {{ x }}"', "7:14: column[0].text: there is no field 'x'"),
        ('"{{ carrier }}"', "[{say: 'a{{ y }}'}]", "7:26: column[0].text[0].say: there is no field 'y'"),
        ("height: 10", "when: copy >", "7:37: column[0].when: 'copy >' is no expression"),
        ("height: 10", "size: 900", "7:37: column[0].size: must be at most 100.0, not 900"),
        ("height: 10", "overflow: cut", "7:41: column[0].overflow: must be 'shorten' or 'hold', not 'cut'"),
        ("kind: waybill", "kind: wabill", "3:7: kind: must be"),
        ("template: own", "template: mine", "1:11: template: must be the file's name without its ending, 'own'"),
        ("media: [100, 150]", "media: [1, 150]", "4:8: media: must be at least 10 mm"),
        ("about: An own label\n", "", "1:1: about: is missing and has no default"),
        (BARCODE, "include: copymark", "8:16: column[1].include: there is no fragment 'copymark'"),
        (BARCODE, "image: no.png", "8:14: column[1].image: the picture no.png cannot be read"),
        (BARCODE, "image: ../x.png", "8:14: column[1].image: must be the name of a file in"),
        (BARCODE, "image: broken.png", "8:14: column[1].image: the picture broken.png cannot be used"),
        (BARCODE, "artwork: whole", "8:7: column[1]: an artwork cell needs `for_artwork: true`"),
        ("layout:", "layout: [", "7:5: not valid YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, old: str, new: str, line: str) -> None:
    """Two in the morning is no time to guess which of sixty lines is meant."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Image.new("L", (90, 90), 200).save(tmp_path / "pale.png")
    Image.new("L", (9, 9)).save(tmp_path / "a.gif")
    assert old in GOOD
    (said,) = wrong(tmp_path, own=GOOD.replace(old, new))
    assert said.removeprefix("own.yaml:").replace("layout.", "", 1).startswith(line)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Mending one to be told the next wastes an evening."""
    said = wrong(
        tmp_path,
        own=GOOD.replace("height: 10", "hight: 10, siz: 3"),
        other="fragment: other\nlayout: {include: other}\n",
        empty="",
    )
    assert [line.split(":")[0] for line in said] == ["empty.yaml", "other.yaml", "own.yaml", "own.yaml"]
    assert "goes round in a circle: other includes other" in said[1]


def test_a_circle_is_told_once(tmp_path: Path) -> None:
    """It is one mistake, and it ends, through whichever include it goes."""
    (said,) = wrong(
        tmp_path,
        a="fragment: a\nlayout: {column: [{include: copy-mark}, {include: b}]}\n",
        b="fragment: b\nlayout: {include: c}\n",
        c="fragment: c\nlayout: {include: a}\n",
        own=GOOD.replace(BARCODE, "include: a"),
    )
    assert said.startswith("a.yaml:2:")
    assert said.endswith("goes round in a circle: a includes b includes c includes a")


def test_a_template_cannot_take_a_fragments_name(tmp_path: Path) -> None:
    """Every shipped waybill would lose its copy mark, and the mistake would be told of them."""
    text = GOOD.replace("template: own", "template: copy-mark")
    (said,) = wrong(tmp_path, **{"copy-mark": text})
    assert said.startswith("copy-mark.yaml:1:1: copy-mark is the name of a shipped fragment")
    (tmp_path / "copy-mark.yaml").unlink()
    (tmp_path / "own.yml").write_text(GOOD)
    (said,) = wrong(tmp_path, own=GOOD)
    assert "has the name of own.yaml" in said


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    """A Word file saved under the right name."""
    (tmp_path / "own.yaml").write_bytes(b"\xff\xfe\x00")
    assert wrong(tmp_path) == ["own.yaml: not UTF-8: save the file as UTF-8"]


def test_an_own_template_stands_in_a_shipped_ones_place(tmp_path: Path) -> None:
    """How a shop changes the label that it has."""
    (tmp_path / "waybill-100x150.yaml").write_text(GOOD.replace("template: own", "template: waybill-100x150"))
    library = load(tmp_path)
    assert library.templates["waybill-100x150"].about == "An own label"
    assert set(library.templates) == set(shipped().library.templates)


def test_an_include_is_the_fragment_with_the_including_cells_place(tmp_path: Path) -> None:
    """Height, width and condition belong to where it stands."""
    (tmp_path / "sign.yaml").write_text('fragment: sign\nlayout: {text: "{{ carrier }}", when: carrier, height: 3}\n')
    text = GOOD.replace('barcode: "{{ number }}"', "include: sign\n      height: 20\n      when: copy > 1")
    (tmp_path / "own.yaml").write_text(text)
    cell = load(tmp_path).templates["own"].template.layout.column[1]  # type: ignore[union-attr]
    assert (cell.height, cell.when) == (20.0, "(copy > 1) and (carrier)")


def test_the_digest_is_of_what_decides_pixels(tmp_path: Path) -> None:
    """Page keys are made of it: a comment moves no dot, a picture does."""
    text = GOOD.replace('barcode: "{{ number }}"', "image: logo.png")

    def digest(level: int, source: str) -> str:
        Image.new("L", (9, 9), level).save(tmp_path / "logo.png")
        (tmp_path / "own.yaml").write_text(source)
        return load(tmp_path).templates["own"].digest

    assert digest(0, text) == digest(0, "# a comment\n" + text)
    assert digest(0, text) != digest(9, text)
    assert digest(0, text) != digest(0, text.replace("height: 10", "height: 11"))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "waybill-100x150"),
        ({"media_mm": (76.0, 130.0)}, "waybill-76x130"),
        ({"media_mm": (100.0, 180.0)}, "waybill-100x180"),
        ({"media_mm": (101.6, 152.4)}, "waybill-4x6in"),
        ({"media_mm": (102.0, 152.0)}, "waybill-4x6in"),
        ({"shop": "north"}, "own"),
        ({"account": "post", "service": "air"}, "own"),
        ({"account": "post", "service": "road"}, "waybill-100x150"),
        ({"template": "test"}, "test"),
    ],
)
def test_the_template_is_the_shops_choice_or_the_best_fit(tmp_path: Path, change: dict[str, object], name: str) -> None:
    """A label on the wrong stock is a wasted roll."""
    (tmp_path / "own.yaml").write_text(GOOD)
    choices = (Choice(template="own", shop="north"), Choice(template="own", account="post", service="air"))
    render = configure(RendererSettings(templates=tmp_path, choose=choices), tmp_path)
    request = replace(CHINESE, **change)  # type: ignore[arg-type]
    (page,) = render(request)
    template = load(tmp_path).templates[name]
    assert page == draw(template, request)[0]


def test_an_unknown_choice_and_an_unknown_name_are_told(tmp_path: Path) -> None:
    """Before the first label, and on the label that asks."""
    with pytest.raises(Misconfigured, match="no template 'nobody'"):
        configure(RendererSettings(choose=(Choice(template="nobody"),)), tmp_path)
    with pytest.raises(Hold, match="no template 'nobody'"):
        shipped()(replace(CHINESE, template="nobody"))
    with pytest.raises(Misconfigured, match="folder of templates cannot be read"):
        configure(RendererSettings(templates=tmp_path / "absent"), tmp_path)
