"""Calibration from the first label to the last, on a printer that prints beside its paper; and what else is told of it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml
from PIL import Image, ImageChops

from unit.cli.test_cli_client import OneAnswer
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld_printers.virtual.drawing import draw
from waybilld_printers.virtual.zpl.format import Settings, read_format


class Bench:
    """A printer whose paper lies `beside` (mm, right and down as the label leaves it) where it should, and the configuration
    that a person edits."""

    def __init__(self, folder: Path, dots_per_mm: float, beside: tuple[float, float], *, upside_down: bool) -> None:
        self.folder, self.dots_per_mm, self.upside_down = folder, dots_per_mm, upside_down
        self.beside = tuple(round(mm * dots_per_mm) for mm in beside)
        self.settings: dict[str, object] = {"host": "192.0.2.1", "profile": "zebra-300" if dots_per_mm > 8 else "zebra-203"}
        if upside_down:
            self.settings["orientation"] = "upside-down"
        self.configure({})

    def configure(self, settings: dict[str, object]) -> None:
        """Write the configuration with some settings more."""
        self.settings |= settings
        printer = {"name": "p", "adapter": "raw", "settings": self.settings}
        config = {"state": "state", "runtime": "rt", "printers": [printer]}
        (self.folder / "w.yaml").write_text(yaml.safe_dump(config))

    def waybilld(self, *arguments: str) -> int:
        """Run a command on that configuration."""
        head, *tail = arguments
        return run([head, *tail[:1], "--config", str(self.folder / "w.yaml"), *tail[1:]])

    def printed(self) -> Image.Image:
        """The calibration label as it lies before the person, 255 for ink: the virtual printer's drawing of our bytes, on
        paper that lies beside it, turned so that it can be read."""
        assert self.waybilld("printers", "calibrate", "p", "-o", str(self.folder / "c.zpl")) == Exit.DONE
        raw = (self.folder / "c.zpl").read_bytes()
        png, complaints = draw(read_format(raw[raw.index(b"^XA") :], Settings(round(self.dots_per_mm), 1, 1)))
        assert complaints == ()
        with Image.open(io.BytesIO(png)) as opened:
            drawn = ImageChops.invert(opened.convert("L"))
        paper = Image.new("L", drawn.size, 0)
        paper.paste(drawn, self.beside)
        return paper.transpose(Image.Transpose.ROTATE_180) if self.upside_down else paper

    def meant(self) -> Image.Image:
        """What the label should look like."""
        assert self.waybilld("printers", "calibrate", "p", "-o", str(self.folder / "c.png")) == Exit.DONE
        with Image.open(self.folder / "c.png") as opened:
            return ImageChops.invert(opened.convert("L"))

    def reading(self, paper: Image.Image) -> tuple[float, float]:
        """What a person with a good ruler reads: its 0 on the paper's edge, the mark that comes nearest to the millimetre of
        its own number. The marks are numbered from 10 on across, from 40 on down; the 21st of them says 0."""
        found = []
        for turned, first, near in ((paper, 10, 29), (paper.transpose(Image.Transpose.TRANSPOSE), 40, 20)):
            marks = self._marks(turned, first, near)
            nearest = min(range(41), key=lambda at: abs(marks[at] - first - at))
            found.append((nearest - 20) / 10)
        return found[0], found[1]

    def _marks(self, paper: Image.Image, first: int, near: int) -> list[float]:
        """Where the 41 marks of a gauge cross the first line that crosses all of them, `near` so many mm down the paper."""
        for y in range(round((near - 3) * self.dots_per_mm), round((near + 3) * self.dots_per_mm)):
            middles = self._runs(paper.crop((0, y, paper.width, y + 1)))
            marks = [mm for mm in middles if first - 5 < mm < first + 45]
            if len(marks) == 41:
                return marks
        raise AssertionError("the gauge is not there")

    def _runs(self, strip: Image.Image) -> list[float]:
        row, found, began = strip.tobytes() + b"\0", [], None
        for at, level in enumerate(row):
            if level and began is None:
                began = at
            elif not level and began is not None:
                found.append((began + at) / 2 / self.dots_per_mm)
                began = None
        return found


@pytest.mark.parametrize(
    ("beside", "dots_per_mm", "upside_down"),
    [
        ((0.3, -0.4), 8.0, False),
        ((0.3, -0.4), 11.8, True),
        ((-1.3, 0.9), 8.0, True),
        ((1.8, 1.8), 11.8, False),
        ((0.0, 0.0), 8.0, False),
    ],
    ids=str,
)
def test_a_printer_that_prints_beside_its_paper_is_put_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], beside: tuple[float, float], dots_per_mm: float, upside_down: bool
) -> None:
    """Print, read, paste, print again: after at most two readings the gauges show 0, or the tenth that is less than a dot,
    and each dot lies within one dot of where the page says. With a wrong sign it would lie twice as far off as before."""
    bench = Bench(tmp_path, dots_per_mm, beside, upside_down=upside_down)
    for _ in range(3):
        left, top = bench.reading(bench.printed())
        capsys.readouterr()
        if (left, top) == (0.0, 0.0):
            break
        typed = ["p", "--left", f"{left}", "--top", f"{top}"]
        assert bench.waybilld("printers", "calibrate", *typed, "--write", "--yes") == Exit.DONE
        assert "restart the daemon, and print the label again" in capsys.readouterr().out
    paper, meant = bench.printed(), bench.meant()
    assert all(abs(mm) <= 0.1 for mm in bench.reading(paper))
    edge = 3 * round(dots_per_mm)
    inner = (edge, edge, paper.width - edge, paper.height - edge)
    due = meant.crop(inner)
    nearby = [(across, down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
    moved = [ImageChops.offset(paper, *dots).crop(inner) for dots in nearby]
    assert any(ImageChops.difference(one, due).getbbox() is None for one in moved)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A plain printer."""
    return Bench(tmp_path, 8.0, (0.0, 0.0), upside_down=False)


def test_nothing_to_change_is_said(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Who reads 0 must not be sent to edit the configuration."""
    bench.configure({"offset_mm": [0.3, 0.0]})
    assert bench.waybilld("printers", "calibrate", "p", "--left", "0", "--top", "0") == Exit.DONE
    assert capsys.readouterr().out == "p prints where it should: nothing to change\n"
    assert bench.waybilld("printers", "calibrate", "p", "--top", "-0.2") == Exit.DONE
    assert "offset_mm: [0.3, -0.2]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["p"], Exit.NOT_RUNNING, "the daemon is not running"),
        (["p", "--left", "1", "-o", "x.png"], Exit.USAGE, "write the label with -o FILE, or type what it shows"),
        (["q", "-o", "x.png"], Exit.USAGE, "there is no printer q (known: p)"),
        (["p", "--left", "2.1"], Exit.BAD_DATA, "check that media_mm is the paper in the printer"),
        (["p", "--top", "-2.1"], Exit.BAD_DATA, "stands on no mark of the gauge, which ends at 2.0 mm"),
        (["p", "--write"], Exit.USAGE, "nothing is written without a reading"),
        (["p", "-o", "-", "--json"], Exit.USAGE, "--json goes to stdout: name a file"),
        (["p", "--left", "nan"], Exit.BAD_DATA, "check that media_mm is the paper in the printer"),
    ],
)
def test_mistakes_are_told(
    bench: Bench, capsys: pytest.CaptureFixture[str], arguments: list[str], code: Exit, told: str
) -> None:
    """What, why and what to do."""
    assert bench.waybilld("printers", "calibrate", *arguments) == code
    seen = capsys.readouterr()
    assert told in seen.err + seen.out


FILE = """\
# kept by hand
state: state
runtime: rt
printers:
  - name: p
    adapter: raw
    settings:
      host: 192.0.2.1   # by the window
      profile: zebra-203
"""


@pytest.fixture
def kept(bench: Bench) -> Path:
    """A configuration with comments, readable for a group."""
    path = bench.folder / "w.yaml"
    path.write_text(FILE)
    path.chmod(0o640)
    return path


def test_the_offset_is_written_where_it_belongs(
    bench: Bench, kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown, asked, kept, and with the mode that the daemon's user needs to read it."""
    typed = ("printers", "calibrate", "p", "--left", "0.3", "--top", "-0.4", "--write")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert bench.waybilld(*typed) == 130
    assert "+      offset_mm: [0.3, -0.4]" in capsys.readouterr().err.splitlines()
    assert sorted(path.name for path in bench.folder.iterdir()) == ["w.yaml"]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert bench.waybilld(*typed) == Exit.DONE
    assert kept.read_text() == FILE + "      offset_mm: [0.3, -0.4]\n"
    (backup,) = bench.folder.glob("w.yaml.*.bak")
    assert (backup.read_text(), kept.stat().st_mode & 0o777, backup.stat().st_mode & 0o777) == (FILE, 0o640, 0o640)
    assert f"{backup} is what it was" in capsys.readouterr().out


def test_json_says_what_was_written(bench: Bench, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For whoever sets up fifty printers; a reading of 0 writes nothing."""
    assert bench.waybilld("printers", "calibrate", "p", "--left", "0.3", "--write", "--yes", "--json") == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    (backup,) = bench.folder.glob("w.yaml.*.bak")
    assert told == {
        "printer": "p", "before_mm": [0.0, 0.0], "offset_mm": [0.3, 0.0], "changed": True, "written": True,
        "backup": str(backup),
    }  # fmt: skip
    before = kept.read_bytes()
    assert bench.waybilld("printers", "calibrate", "p", "--left", "0", "--write", "--yes", "--json") == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["changed"], told["written"], kept.read_bytes()) == (False, False, before)


def test_a_link_stays_a_link(bench: Bench, kept: Path) -> None:
    """Where the file lies under version control, and /etc points there."""
    real = bench.folder / "etc" / "real.yaml"
    real.parent.mkdir()
    kept.rename(real)
    kept.symlink_to(real)
    assert bench.waybilld("printers", "calibrate", "p", "--top", "0.1", "--write", "--yes") == Exit.DONE
    assert kept.is_symlink()
    assert "offset_mm: [0, 0.1]" in real.read_text()
    assert list(real.parent.glob("real.yaml.*.bak"))


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("    settings:\n", "    settings: &s\n", Exit.DONE, ""),
        ("zebra-203\n", "zebra-203\n      offset_mm:\n        - 0\n        - 0\n", Exit.BAD_DATA, "put this in by hand"),
        ("zebra-203\n", "zebra-300\n      offset_mm: [0, 9.5]\n", Exit.CONFIG, "the daemon would not start with it"),
    ],
)
def test_a_file_that_would_be_worse_afterwards_is_not_written(
    bench: Bench, kept: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, code: Exit, told: str
) -> None:
    """A daemon that does not start in the morning costs more than a tenth of a millimetre."""
    kept.write_text(FILE.replace(old, new))
    before = kept.read_bytes()
    assert bench.waybilld("printers", "calibrate", "p", "--top", "1", "--write", "--yes") == code
    assert told in capsys.readouterr().err
    assert (kept.read_bytes() == before) is (code != Exit.DONE)


def test_what_somebody_changed_meanwhile_is_not_lost(
    bench: Bench, kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor is open elsewhere while the question waits."""
    monkeypatch.setattr("click.confirm", lambda *_, **__: kept.write_text(FILE + "node: other\n"))
    assert bench.waybilld("printers", "calibrate", "p", "--top", "1", "--write") == Exit.TRY_LATER
    assert "was changed meanwhile: nothing was written" in capsys.readouterr().err
    assert kept.read_text() == FILE + "node: other\n"


def test_a_reading_of_a_label_from_before_the_restart_is_refused(
    bench: Bench, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file says 0.3 already and the daemon still prints with 0: the same reading again would make 0.6 of it."""
    kept.write_text(FILE + "      offset_mm: [0.3, 0]\n")
    (bench.folder / "rt").mkdir()
    peer = OneAnswer(bench.folder / "rt" / "api.sock")
    try:
        peer.json("200 OK", {"offset_mm": [0.0, 0.0]})
        assert bench.waybilld("printers", "calibrate", "p", "--left", "0.3", "--write", "--yes") == Exit.FINDINGS
        told = capsys.readouterr().err
        assert "prints with an offset of 0, 0 mm, and" in told
        assert "restart the daemon, print the label again" in told
        peer.json("200 OK", {"offset_mm": [0.3, 0.0]})
        assert bench.waybilld("printers", "calibrate", "p", "--left", "0.3", "--write", "--yes") == Exit.DONE
    finally:
        peer.stop()


def test_a_label_that_is_too_small_for_the_gauges_is_told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """It is the printer's paper that is too small: nobody should look for a mistake in a template."""
    bench.configure({"media_mm": [60, 40]})
    assert bench.waybilld("printers", "calibrate", "p", "-o", "x.png") == Exit.BAD_DATA
    assert "needs media of 60 x 100 mm, and the printer holds 60 x 40 mm" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [{"offset_mm": [0, 15]}, {"media_mode": "peel", "sensing": "mark", "orientation": "upside-down"}],
    ids=["far", "words"],
)
def test_zpl_says_everything(bench: Bench, capsys: pytest.CaptureFixture[str], settings: dict[str, object]) -> None:
    """The language of most label printers has words for all of it."""
    bench.configure(settings)
    assert bench.waybilld("config", "check") == Exit.DONE
    assert capsys.readouterr().out.startswith("ok: ")


def test_what_a_language_cannot_say_is_found_at_config_check(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Not by the first label, and not never: 15 mm are more dots than ZPL moves a label at 300 dpi."""
    bench.configure({"profile": "zebra-300", "offset_mm": [0, 15]})
    assert bench.waybilld("config", "check") == Exit.CONFIG
    told = capsys.readouterr().err
    assert "printers[0].settings: ZPL cannot say these printer settings: the offset must be within 120 dots" in told
    assert told.startswith(f"{bench.folder / 'w.yaml'}:")
    assert bench.waybilld("config", "check", "--json") == Exit.CONFIG
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["path"], error["line"]) == ("printers[0].settings", 5)


def test_what_an_offset_loses_is_noted_at_config_check(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A note and no mistake: the daemon runs with it, and a frame's edge may be missing."""
    bench.configure({"offset_mm": [-3, 0]})
    assert bench.waybilld("config", "check") == Exit.DONE
    told = capsys.readouterr().out
    assert "note: printers.p: off-paper: the offset of -3, +0 mm pushes" in told
    assert bench.waybilld("config", "check", "--json") == Exit.DONE
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert note in told
    bench.configure({"offset_mm": [0, 0]})
    assert bench.waybilld("config", "check", "--json") == Exit.DONE
    assert json.loads(capsys.readouterr().out)["notes"] == []


def test_lint_and_preview_know_the_printers_paper(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What is lost is a finding where templates are judged and looked at, and only with the printer that loses it."""
    bench.configure({"offset_mm": [0, -3], "margins_mm": {"right": 3}})
    assert bench.waybilld("labels", "lint", "waybill-100x150") == Exit.DONE
    capsys.readouterr()
    assert bench.waybilld("labels", "lint", "waybill-100x150", "--printer", "p", "--json") == Exit.FINDINGS
    found = json.loads(capsys.readouterr().out)
    assert [(one["code"], one["dots_per_mm"]) for one in found] == [("off-paper", [8.0]), ("in-margin", [8.0])]
    target = bench.folder / "l.png"
    arguments = ["--template", "waybill-100x150", "--printer", "p", "-o", str(target)]
    assert bench.waybilld("labels", "preview", *arguments) == Exit.DONE
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["off-paper", "in-margin"]
    with Image.open(target) as image:
        assert image.width > 800
        assert (214, 0, 28) in {colour for _, colour in image.getcolors() or ()}


def test_lint_for_a_printer_leaves_other_paper_out(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """A4 lists on a label printer are no finding; asked for by name they are."""
    assert bench.waybilld("labels", "lint", "--printer", "p") == Exit.DONE
    assert capsys.readouterr().out == "nothing found\n"
    assert bench.waybilld("labels", "lint", "pick-a4", "--printer", "p") == Exit.FINDINGS
    assert "media-too-small" in capsys.readouterr().out


@pytest.mark.parametrize("more", [["--all"], ["--template", "test", "--media", "76x130"]], ids=" ".join)
def test_a_preview_on_paper_is_of_one_label(bench: Bench, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    """The printer says the paper; two papers at once are a slip."""
    assert bench.waybilld("labels", "preview", *more, "--printer", "p", "-o", "x.png") == Exit.USAGE
    assert "--printer shows one label" in capsys.readouterr().err
