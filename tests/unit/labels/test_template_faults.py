"""What is wrong with a template shows when it is drawn or looked at, and never on a parcel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unit.labels.label_samples import CHINESE
from waybilld_labels.renderer import StandardRenderer
from waybilld_labels.template.load import load
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import LabelRequest

ASKS = replace(CHINESE, template="own")
WHOLE = """\
    - {text: "{{ carrier }}", height: 10}
    - {include: copy-mark, when: copy > 1, height: 10}
    - {barcode: "{{ number }}", height: 30}
    - {text: "{{ consignee.name }}", height: 20}
    - {barcode: "{{ serial }}", symbology: qr}
"""


def renderer(folder: Path, cells: str) -> StandardRenderer:
    """A renderer with a template `own` of these cells, one below the other."""
    head = "template: own\nabout: x\nkind: waybill\nmedia: [100, 150]\nlayout:\n  column:\n"
    (folder / "own.yaml").write_text(head + cells)
    return StandardRenderer(load(folder))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("{text: BIG BIG, height: 4, size: 12}", "'BIG BIG' (layout.column[1]) has 4.0 mm of height for text that is 12.0"),
        ("{text: hi, name: greeting, height: 5, pad: 10}", "greeting has 0.0 mm of height for text that is 3.0 mm"),
        ("{text: '{{ carrier }}', height: 4, size: 9, smallest: 5}", "carrier has 4.0 mm of height for text that is 5.0"),
        ("{text: '{{ serial }}', height: 2, lines: 0}", "serial has 2.0 mm of height for text that is 3.0 mm high"),
        ("{row: [{text: up, width: 4, size: 12, rotate: 90}]}", "(layout.column[1].row[0]) has 4.0 mm of width for"),
        ("{table: lines, height: 2, columns: [{head: SKU, value: '{{ line.sku }}'}]}", "goods has 2.0 mm of height"),
    ],
)
def test_text_higher_than_its_cell_is_held(tmp_path: Path, cell: str, said: str) -> None:
    """Printed over its neighbours it makes three lines unreadable, and nobody is told."""
    draws = renderer(tmp_path, f"    - {{text: first, height: 6}}\n    - {cell}\n    - {{text: last}}\n")
    with pytest.raises(Hold, match=r"give it more (height|width) or less pad") as held:
        draws(ASKS)
    assert said in str(held.value)
    assert held.value.code == "label-overflow"


def test_a_size_that_is_rounded_beyond_its_cell_by_a_dot_is_drawn(tmp_path: Path) -> None:
    """A cell and a text of 3.05 mm need not be the same number of dots."""
    draws = renderer(tmp_path, "    - {text: x, height: 3.0, size: 3.1}\n    - {text: y}\n")
    assert draws(ASKS)[0].findings == ()


def test_low_bars_are_held_with_their_height(tmp_path: Path) -> None:
    """To be told of modules sends people to the wrong number."""
    draws = renderer(tmp_path, '    - {barcode: "{{ number }}", height: 4}\n    - {box: }\n')
    with pytest.raises(Hold, match=r"the bars of number would be 4.0 mm high, and scanners need 5 mm") as held:
        draws(ASKS)
    assert held.value.code == "barcode-too-low"


def test_sort_codes_that_a_label_lacks_are_nothing(tmp_path: Path) -> None:
    """Half of all labels have none."""
    draws = renderer(tmp_path, '    - {text: "{{ sort_codes[0] }} {{ sort_codes[1] | default(0) }}"}\n')
    assert draws(replace(ASKS, sort_codes=()))[0].findings == ()


def codes(draws: StandardRenderer, request: LabelRequest = ASKS) -> list[str]:
    """The codes of what lint finds."""
    return [finding.code for finding in draws.lint(request)]


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        ('    - {barcode: "{{ number }}", height: 30}\n', "no-number-barcode"),
        ('    - {barcode: "{{ serial }}", symbology: qr}\n', "no-serial-barcode"),
        ('    - {text: "{{ consignee.name }}", height: 20}\n', "no-consignee"),
        ("    - {include: copy-mark, when: copy > 1, height: 10}\n", "copy-unmarked"),
    ],
)
def test_a_waybill_lacks_nothing_that_it_needs(tmp_path: Path, taken: str, code: str) -> None:
    """A label without address or number is a parcel that comes back; a copy that looks like the first is sent twice."""
    assert codes(renderer(tmp_path, WHOLE)) == []
    assert codes(renderer(tmp_path, WHOLE.replace(taken, "    - {box: , height: 1}\n"))) == [code]


def test_only_waybills_need_what_a_waybill_needs(tmp_path: Path) -> None:
    """A separator has no address."""
    renderer(tmp_path, "    - {box: , fill: true}\n    - {text: x}\n")
    own = tmp_path / "own.yaml"
    own.write_text(own.read_text().replace("kind: waybill", "kind: separator"))
    assert codes(StandardRenderer(load(tmp_path)), replace(ASKS, kind="separator")) == []


def test_a_filled_box_over_words_is_found(tmp_path: Path) -> None:
    """Words under ink are not there."""
    cells = "    - place: [{text: hidden, at: [0, 0], height: 9}, {box: , name: bar, fill: true, at: [0, 2], height: 5}]\n"
    found = {finding.code: finding.message for finding in renderer(tmp_path, cells).lint(ASKS)}
    assert "'hidden' (layout.column[0].place[0]) and bar stand in each other's place" in found["cells-overlap"]


def test_a_column_is_there_only_where_its_condition_holds(tmp_path: Path) -> None:
    """Its room goes to the others, as a cell's does."""

    def rows(columns: str, request: LabelRequest) -> bytes:
        return renderer(tmp_path, f"    - {{table: lines, columns: [{columns}]}}\n")(request)[0].png

    sku, title = '{value: "{{ line.sku }}"}', '{value: "{{ line.title }}", when: batch}'
    with_batch = replace(ASKS, batch="WAVE-1")
    assert rows(f"{sku}, {title}", ASKS) == rows(sku, ASKS)
    assert rows(f"{sku}, {title}", with_batch) == rows(f"{sku}, {title.replace(', when: batch', '')}", with_batch)
    assert rows(f"{sku}, {title}", with_batch) != rows(sku, with_batch)
    assert rows(title, ASKS) != rows(title, with_batch)
