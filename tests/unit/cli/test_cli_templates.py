"""What a template's author types: previews, lint, lists and bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.cli.sample import LABELS

OWN = """\
template: own
about: x
kind: {kind}
media: [100, 150]
layout:
  column:
    - {{text: "{{{{ mode }}}} {{{{ shop }}}}", name: words, height: 9, smallest: 3}}
    - {{table: lines, overflow: next-page, columns: [{{value: "{{{{ line.sku }}}}"}}], {rest}}}
"""


def own(tmp_path: Path, kind: str = "slip", rest: str = "size: 3") -> list[str]:
    """The options that name a folder with the template `own`."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "own.yaml").write_text(OWN.format(kind=kind, rest=rest))
    return ["--templates", str(folder)]


TWO_PAGES = "size: 60"
"""So large that each of the sample's two lines fills a page."""


def test_every_shipped_template_is_previewed_and_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those for carriers' artwork, cards and invoices too: what cannot be looked at is not looked at."""
    assert run(["labels", "lint"]) == Exit.DONE
    assert capsys.readouterr().out == "nothing found\n"
    for name in ("card-whole", "invoice-whole", "artwork-whole", "artwork-strip", "artwork-beside"):
        path = tmp_path / f"{name}.png"
        assert run(["labels", "preview", "--template", name, "--label", "copy", "-o", str(path)]) == Exit.DONE
        with Image.open(path) as image:
            assert image.convert("L").histogram()[0] > 0.02 * image.width * image.height
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("label", LABELS)
def test_a_preview_shows_each_label_that_lint_draws(tmp_path: Path, label: str) -> None:
    """A finding on a label that nobody can look at cannot be mended."""
    path = tmp_path / "l.png"
    assert run(["labels", "preview", "--template", "waybill-100x150", "--label", label, "-o", str(path)]) == Exit.DONE
    ordinary = tmp_path / "o.png"
    run(["labels", "preview", "--template", "waybill-100x150", "-o", str(ordinary)])
    assert (path.read_bytes() == ordinary.read_bytes()) == (label == "ordinary")


def test_a_sample_takes_what_a_condition_asks_for(tmp_path: Path, unused: Path) -> None:
    """`when: mode == 'own-delivery'` must be seen before the first such order."""
    folder = own(tmp_path)
    pictures = []
    for given in ([], ["--with", "mode=own-delivery"], ["--with", "mode=express", "--with", "shop=shop"]):
        path = tmp_path / f"{len(pictures)}.png"
        assert run(["labels", "preview", "--template", "own", *folder, *given, "-o", str(path)]) == Exit.DONE
        pictures.append(path.read_bytes())
    # Mode and shop of the configuration's first carrier and shop stand there without a word.
    assert pictures[0] == pictures[2] != pictures[1]
    assert run(["labels", "preview", "--sample", "--with", "moed=x", "-o", str(tmp_path / "x.png")]) == Exit.USAGE
    assert run(["labels", "preview", "--sample", "--with", "mode", "-o", str(tmp_path / "x.png")]) == Exit.USAGE


def test_a_preview_tells_what_is_wrong_with_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shortened words look like words; and the picture is written all the same."""
    folder = own(tmp_path, kind="waybill")
    arguments = ["--with", "mode=" + "m" * 300, "-o", str(tmp_path / "x.png")]
    assert run(["labels", "preview", "--template", "own", *folder, *arguments]) == Exit.DONE
    err = capsys.readouterr().err
    assert "text-shortened: the label has no room for all of: words" in err
    assert "no-consignee: " in err
    assert (tmp_path / "x.png").exists()


def test_lint_says_the_same_thing_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Eight equal lines hide the ninth."""
    folder = own(tmp_path, kind="waybill")
    assert run(["labels", "lint", "own", *folder]) == Exit.FINDINGS
    rows = [re.split("  +", row) for row in capsys.readouterr().out.splitlines()[1:]]
    assert [row[1:4] for row in rows] == [
        ["all", "all", "no-number-barcode"],
        ["all", "all", "no-serial-barcode"],
        ["all", "all", "no-consignee"],
        ["ordinary, bare", "all", "copy-unmarked"],
    ]
    assert run(["labels", "lint", "own", "--json", *folder]) == Exit.FINDINGS
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == [row[3] for row in rows]
    assert found[0]["labels"] == list(LABELS)
    assert found[0]["dots_per_mm"] == [8.0, 11.8]


@pytest.mark.parametrize("command", ["lint", "templates"])
def test_mistakes_are_json_where_json_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """An editor's plugin reads stdout."""
    folder = own(tmp_path, rest="siz: 3")
    assert run(["labels", command, "--json", *folder]) == Exit.CONFIG
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["errors"][0]["path"] == "layout.column[1].siz"
    assert (told["errors"][0]["line"], told["errors"][0]["file"]) == (8, str(tmp_path / "templates" / "own.yaml"))


def test_all_pages_are_encoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sheet whose second page is missing is found out at the packing bench."""
    folder = own(tmp_path, rest=TWO_PAGES)
    out = tmp_path / "out"
    assert run(["labels", "encode", "own", "--language", "zpl", *folder, "-o", str(out)]) == Exit.DONE
    assert out.read_bytes().count(b"^XA") == out.read_bytes().count(b"^XZ") == 2
    assert "2 pages" in capsys.readouterr().err
    assert run(["labels", "encode", "own", "--language", "pdf", *folder, "-o", str(out)]) == Exit.DONE
    assert len(pypdfium2.PdfDocument(out)) == 2
    assert run(["labels", "encode", "own", "--language", "png", *folder, "-o", str(out)]) == Exit.USAGE
    assert "a PNG holds one page" in capsys.readouterr().err


def test_a_preview_in_pdf_is_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever sends it on sends all of it."""
    folder = own(tmp_path, rest=TWO_PAGES)
    assert run(["labels", "preview", "--template", "own", *folder, "-o", str(tmp_path / "p.pdf")]) == Exit.DONE
    assert len(pypdfium2.PdfDocument(tmp_path / "p.pdf")) == 2
    assert not (tmp_path / "p-2.pdf").exists()
    assert run(["labels", "preview", "--template", "own", *folder, "-o", str(tmp_path / "p.png")]) == Exit.DONE
    assert (tmp_path / "p-2.png").exists()
    assert "2 pages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sample", "-o", "x.jpg"], "must end in .png or .pdf"),
        (["--sample", "-o", "x"], "must end in .png or .pdf"),
        (["--all", "-o", "x.pdf"], "must end in .png, or be -"),
        (["1", "-o", "x.pdf"], "must end in .png, or be -"),
        (["abc", "-o", "x.png"], "'abc' is no shipment's number"),
        (["--sample", "--all", "-o", "x.png"], "name only one of"),
        (["-o", "x.png"], "name a shipment's number"),
        (["--all", "--label", "copy", "-o", "x.png"], "are for samples of one template"),
        (["--sample", "--dpmm", "5", "-o", "x.png"], "6<=x<=24"),
    ],
)
def test_a_slip_of_the_hand_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """And nothing is written under a name that promises another format."""
    monkeypatch.chdir(tmp_path)
    assert run(["labels", "preview", *arguments]) == Exit.USAGE
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_language_in_capitals_and_a_darkness_beyond_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The option is wrong, and not the configuration."""
    output = ["-o", str(tmp_path / "x")]
    assert run(["labels", "encode", "test", "--language", "ZPL", *output]) == Exit.USAGE
    assert "did you mean 'zpl'" in capsys.readouterr().err
    assert run(["labels", "encode", "test", "--language", "zpl", "--darkness", "31", *output]) == Exit.USAGE
    assert "--darkness" in capsys.readouterr().err
