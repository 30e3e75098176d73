"""Commands without a daemon: readings from the database, one line that says so, and clear endings."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from unit.store.store_house import CANARIES
from waybilld.cli.exits import Exit
from waybilld.cli.main import run
from waybilld.store.engine import FILE

Capture = pytest.CaptureFixture[str]

READINGS = (
    ["orders"],
    ["orders", "--blocked"],
    ["orders", "--state", "printed", "--shop", "shop", "--limit", "1"],
    ["shipments"],
    ["shipments", "show", "1"],
    ["shipments", "show", "--order", "A-3"],
    ["printers"],
    ["printers", "show", "zebra-1"],
    ["supplies"],
    ["troubles"],
    ["troubles", "list", "--since", "4w"],
    ["journal"],
    ["journal", "tail", "-n", "3"],
    ["labels"],
    ["labels", "unconfirmed"],
    ["labels", "unconfirmed", "--printer", "zebra-1", "--pool", "pool", "--older-than", "2h"],
    ["labels", "intercepts"],
    ["labels", "intercepts", "--found"],
    ["runs"],
    ["runs", "show", "1"],
    ["packs"],
    ["packs", "show", "1"],
)
WHOLE_JSON = [a for a in READINGS if a[0] != "journal" and a not in (["shipments"], ["labels"])]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("arguments", READINGS, ids=" ".join)
def test_readings_work_and_say_that_the_daemon_does_not(arguments: list[str], capsys: Capture) -> None:
    """When the daemon is down is when people look: they must see what stands, and that it stands still."""
    assert run(arguments) == Exit.DONE
    seen = capsys.readouterr()
    lines = [line for line in seen.err.splitlines() if "and more" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("the daemon is not running: this is what stands in")
    assert seen.out.strip()
    assert not [canary for canary in CANARIES if canary in seen.out]


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("arguments", WHOLE_JSON, ids=" ".join)
def test_json_wherever_it_reads(arguments: list[str], capsys: Capture) -> None:
    """Scripts get one JSON document on stdout and nothing else."""
    assert run([*arguments, "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("config")
def test_journal_json_is_one_object_a_line(capsys: Capture) -> None:
    """So that `jq` and log shippers can follow it."""
    assert run(["journal", "tail", "-n", "4", "--json"]) == Exit.DONE
    seqs = [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()]
    assert seqs == list(range(seqs[0], seqs[0] + 4))


@pytest.mark.usefixtures("config")
def test_blocked_orders_say_why(capsys: Capture) -> None:
    """A list of numbers without reasons sends people looking elsewhere."""
    run(["orders", "--blocked"])
    out = capsys.readouterr().out
    assert "print-unconfirmed" in out
    assert "A-3" in out
    assert "A-1" not in out


def test_a_user_without_the_key_still_reads(config: Path, capsys: Capture) -> None:
    """States and stories need no personal data; only the masked name is missing."""
    (config.parent / "state" / "master.key").unlink()
    assert run(["shipments", "show", "1"]) == Exit.DONE
    assert "for (not readable)" in capsys.readouterr().out
    assert run(["labels", "preview", "1", "-o", "x.png"]) == Exit.NOT_RUNNING
    assert "labels are sealed" in capsys.readouterr().err


def test_reading_changes_nothing(config: Path) -> None:
    """A command that only looks must not write, migrate or checkpoint somebody's database."""
    database = config.parent / "state" / FILE
    before = database.read_bytes()
    run(["orders"])
    run(["check"])
    assert database.read_bytes() == before


@pytest.mark.usefixtures("config")
def test_preview_writes_the_stored_pixels(tmp_path: Path, capsys: Capture) -> None:
    """What is previewed is what is printed."""
    output = tmp_path / "l.png"
    assert run(["labels", "preview", "1", "-o", str(output)]) == Exit.DONE
    assert output.read_bytes() == b"png pixels-of-canary 1"
    assert run(["labels", "preview", "5", "-o", str(output), "--variant", "12/1x1"]) == Exit.FINDINGS
    assert run(["labels", "preview", "1", "-o", str(tmp_path / "no" / "l.png")]) == Exit.USAGE
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.usefixtures("config")
def test_preview_shows_stored_pixels_on_a_printers_paper(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that was drawn for that printer, not whichever was drawn first."""
    asked = []

    def stored(config: Path, shipment: int, variant: str | None, serial: str | None) -> bytes:
        asked.append((shipment, variant, serial))
        buffer = io.BytesIO()
        Image.new("1", (800, 1200), 0).save(buffer, "PNG")
        return buffer.getvalue()

    monkeypatch.setattr("waybilld.cli.labels._stored", stored)
    output = tmp_path / "l.png"
    assert run(["labels", "preview", "1", "--printer", "zebra-1", "-o", str(output)]) == Exit.DONE
    assert asked == [(1, "8/100x150", None)]
    with Image.open(output) as paper:
        assert paper.width > 800
        assert paper.convert("L").histogram()[0] >= 800 * 1200
    assert run(["labels", "preview", "1", "--printer", "zebra", "-o", str(output)]) == Exit.USAGE
    assert "there is no printer zebra, did you mean 'zebra-1'?" in capsys.readouterr().err


@pytest.mark.parametrize(("media", "size"), [("100x150", (800, 1200)), ("76x130", (608, 1040))])
@pytest.mark.usefixtures("unused")
def test_sample_is_drawn_without_daemon_and_database(tmp_path: Path, media: str, size: tuple[int, int]) -> None:
    """The first thing that somebody wants to see, before any order came."""
    output = tmp_path / "s.png"
    assert run(["labels", "preview", "--sample", "--media", media, "-o", str(output)]) == Exit.DONE
    png = output.read_bytes()
    assert png.startswith(b"\x89PNG")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == size


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["shipments", "show", "4242"], Exit.FINDINGS, "there is no shipment 4242"),
        (["shipments", "show"], Exit.USAGE, "name a shipment's number"),
        (["shipments", "show", "1", "--order", "A-1"], Exit.USAGE, "name a shipment's number"),
        (["shipments", "show", "--order", "A-\x1b[2J"], Exit.FINDINGS, r"there is no order 'A-\x1b[2J'"),
        (["shipments", "show", "--order", "A-7"], Exit.FINDINGS, "nothing is shipped for it"),
        (["shipments", "show", "one"], Exit.USAGE, "not a valid integer"),
        (["orders", "--state", "lost-it"], Exit.USAGE, "--state"),
        (["labels", "preview", "-o", "x.png"], Exit.USAGE, "or --sample"),
        (["labels", "preview", "1", "--sample", "-o", "x.png"], Exit.USAGE, "or --sample"),
        (["labels", "preview", "--sample", "--media", "big", "-o", "x.png"], Exit.USAGE, "width x height"),
        (["labels", "preview", "--sample", "--media", "10x10", "-o", "x.png"], Exit.BAD_DATA, "refused the sample"),
        (["plugins", "release", "printer.zebra-1"], Exit.NOT_RUNNING, "the daemon is not running: start it with"),
        (["journal", "tail", "--follow"], Exit.NOT_RUNNING, "nothing follows without a daemon"),
        (["--config", "/nowhere/w.yaml", "orders"], Exit.CONFIG, "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_endings(arguments: list[str], code: Exit, words: str, capsys: Capture) -> None:
    """Each mistake has its code and says what to do; none is a traceback."""
    assert run(arguments) == code
    assert words in capsys.readouterr().err


@pytest.mark.usefixtures("unused")
@pytest.mark.parametrize("arguments", [["orders"], ["printers"], ["journal"], ["labels"]], ids=" ".join)
def test_nothing_to_read_yet(arguments: list[str], capsys: Capture) -> None:
    """Right after the installation: say that, and how to start."""
    assert run(arguments) == Exit.NOT_RUNNING
    err = capsys.readouterr().err
    assert "there is no database" in err
    assert "start it with waybilld run --config" in err


@pytest.mark.parametrize("found", ["0000", "9999"])
def test_another_programs_database_is_not_guessed_at(config: Path, capsys: Capture, found: str) -> None:
    """Reading tables of another shape would show wrong facts, or a traceback."""
    with sqlite3.connect(config.parent / "state" / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    connection.close()
    assert run(["orders"]) == Exit.NOT_RUNNING
    assert f"has schema {found}" in capsys.readouterr().err


def test_a_damaged_database_is_said(config: Path, capsys: Capture) -> None:
    """One line and the command that looks closer."""
    path = config.parent / "state" / FILE
    path.write_bytes(b"not a database at all" * 300)
    assert run(["orders"]) == Exit.NOT_RUNNING
    assert "waybilld db verify" in capsys.readouterr().err


def test_check_without_a_daemon(config: Path, capsys: Capture) -> None:
    """From cron: the code alone says that nobody prints, and the lines say what else is known."""
    assert run(["check"]) == Exit.NOT_RUNNING
    seen = capsys.readouterr()
    assert "not running" in seen.out
    assert f"start it with waybilld run --config {config}" in seen.out
    assert run(["check", "--json"]) == Exit.NOT_RUNNING
    told = json.loads(capsys.readouterr().out)
    levels = {finding["subject"]: finding["level"] for finding in told["findings"]}
    assert (told["running"], told["level"]) == (False, "stop")
    assert levels["database"] == "ok"
    assert levels["backup"] == levels["carrier numbers"] == levels["printer zebra-1"] == levels["labels"] == "warn"


def test_check_without_a_daemon_looks_at_the_files_of_print_sets(config: Path, capsys: Capture) -> None:
    """The evening before is the time to find that the card was never copied to this machine."""
    text = config.read_text()
    config.write_text(
        text.replace(
            "    pool: pool\n", "    pool: pool\n    print: {default: [{label: waybill}, {label: card, file: c.pdf}]}\n"
        )
    )
    assert run(["check"]) == Exit.NOT_RUNNING
    seen = capsys.readouterr().out
    assert f"the file {config.parent}/c.pdf is not there" in seen
    assert "stop: card of shop: put it there, or take it out of the shop's print set" in seen


@pytest.mark.usefixtures("unused")
def test_check_before_the_first_start(capsys: Capture) -> None:
    """No database is a finding among others, not the end of the check."""
    assert run(["check", "--json"]) == Exit.NOT_RUNNING
    levels = {f["subject"]: f["level"] for f in json.loads(capsys.readouterr().out)["findings"]}
    assert levels["database"] == "stop"


@pytest.mark.parametrize("group", ["labels", "shipments", "journal", "orders", "printers", "runs"])
def test_every_list_is_there_for_machines_too(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that reads one list expects the next one to be readable the same way."""
    assert run([group, "--help"]) == 0
    assert "--json" in capsys.readouterr().out
