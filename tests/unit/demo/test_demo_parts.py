"""The demo without its processes: its folder, its configuration, its progress and what it says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waybilld.cli.demo.place import Place, drop_samples, sample_orders
from waybilld.cli.demo.plan import DemoPrinter, config_text, free_ports, read_plan, write_config
from waybilld.cli.demo.progress import Progress, progress
from waybilld.cli.demo.report import Result, Tray, read_tray, summary
from waybilld.cli.demo.screen import Screen, cut
from waybilld.cli.exits import Exit, Failure
from waybilld.cli.text import width
from waybilld.config.load import Loaded, parse
from waybilld.host.discover import Catalogue


def seen(**changes: Any) -> Progress:
    """A look at ten parcels, all printed."""
    values: dict[str, Any] = {
        "ready": True,
        "orders": 12,
        "waiting": (),
        "states": {"printed": 10},
        "blocked": 0,
        "working": 0,
        "unconfirmed": 0,
        "advice": (),
    }
    return Progress(**(values | changes))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A new demo folder."""
    return Place(tmp_path / "demo")


def test_configuration_is_right(place: Place) -> None:
    """The first thing that a newcomer's demo does must not be a list of mistakes."""
    text = config_text((DemoPrinter("printer-1", 9101, 9201), DemoPrinter("printer-2", 9102, 9202)), 8631)
    outcome = parse(text, place.config, Catalogue.of_installed().resolve)
    assert isinstance(outcome, Loaded), str(outcome)
    assert [printer.name for printer in outcome.config.printers] == ["printer-1", "printer-2"]


def test_ports_are_chosen_once(place: Place) -> None:
    """A restarted daemon that looked for its printers at other ports would find strangers, and prove nothing."""
    with place.claimed():
        write_config(place, 3)
        first, again = read_plan(place), read_plan(place)
    assert first == again
    ports = [port for printer in first.printers for port in (printer.port, printer.status_port)]
    assert len(ports) == len(set(ports)) == 6


def test_free_ports_differ() -> None:
    """Two printers on one port would be one printer."""
    assert len(set(free_ports(40))) == 40


def test_mistakes_of_an_edited_configuration_are_shown(place: Place) -> None:
    """The file may be edited; a mistake in it must be named, with the way back."""
    with place.claimed():
        write_config(place, 1)
        place.config.write_text(place.config.read_text().replace("confirm: printed", "confirm: never-ever"))
        with pytest.raises(Failure, match=r"confirm(.|\n)*--fresh") as caught:
            read_plan(place)
    assert caught.value.code is Exit.CONFIG


def test_second_demo_is_kept_out(place: Place) -> None:
    """Two supervisors would start two daemons on one database, and wipe each other's folder."""
    with place.claimed():
        with pytest.raises(Failure, match="another demo") as caught, Place(place.root).claimed():
            pass
        assert caught.value.code is Exit.TRY_LATER
    with Place(place.root).claimed():
        pass


def test_a_folder_of_somebody_else_is_never_wiped(tmp_path: Path) -> None:
    """--fresh with a wrong --dir must not delete somebody's home."""
    (tmp_path / "letter.txt").write_text("dear reader")
    assert not Place(tmp_path).is_ours()
    assert Place(tmp_path / "new").is_ours()


def test_wipe_leaves_only_the_lock(place: Place) -> None:
    """What a fresh demo finds must not depend on the one before; the lock keeps others out meanwhile."""
    with place.claimed():
        place.tray("printer-1").mkdir(parents=True)
        place.config.write_text("old")
        (place.root / "link").symlink_to(place.root.parent)
        place.wipe()
        assert list(place.root.iterdir()) == [place.lock]
        assert place.is_ours()
    assert place.root.parent.exists()


def test_samples_are_dropped_once(place: Place) -> None:
    """A second run must not bring the orders again, and must leave a drop folder alone that somebody filled."""
    samples = sample_orders()
    assert len(samples) >= 3
    with place.claimed():
        (place.root / "drop.tmp").mkdir()
        (place.root / "drop.tmp" / "half.csv").write_text("left by a demo that was killed")
        assert drop_samples(place, samples)
        assert place.waiting_files() == tuple(sample.name for sample in samples)
        assert not drop_samples(place, samples)


def test_only_files_that_the_daemon_reads_are_waited_for(place: Place) -> None:
    """Waiting for a file that is left alone would never end."""
    place.drop.mkdir(parents=True)
    for name in ("a.csv", ".hidden.csv", "b.csv.part"):
        (place.drop / name).write_text("")
    (place.drop / "done").mkdir()
    assert place.waiting_files() == ("a.csv",)


def test_finished_means_that_nothing_goes_on() -> None:
    """Ending too early would report orders as missing; never ending would hang the build."""
    assert seen().finished
    assert seen(blocked=3).finished
    assert not seen(working=1).finished
    assert not seen(waiting=("late.csv",)).finished


def test_progress_comes_from_the_status_answer() -> None:
    """The names are those of the API's own shapes."""
    status: Any = {
        "ready": True,
        "orders": 7,
        "shipments": {"printed": 3, "rendered": 2, "voiding": 1},
        "blocked": 1,
        "working": 2,
        "unconfirmed": 1,
    }
    printers: Any = [
        {"name": "p1", "state": "stopped", "advice": "Close the print head."},
        {"name": "p2", "state": "idle", "advice": ""},
    ]
    look = progress(status, printers, ("x.csv",))
    assert look.line() == (
        "6 parcels · 3 printed · 2 rendered · 1 elsewhere · 1 blocked · 1 unconfirmed · 2 in work · files to read: 1"
        " · p1: Close the print head."
    )
    assert look.still_open() == "2 parcels in work; dropped files that were not read: x.csv; p1: Close the print head."


def test_names_of_files_cannot_command_a_terminal() -> None:
    """A file's name is text from outside."""
    assert "\x1b" not in seen(waiting=("\x1b[2J.csv",)).still_open()


def result(**changes: Any) -> Result:
    """What came of everything: nothing to complain about."""
    values: dict[str, Any] = {
        "progress": seen(),
        "cases": [],
        "quarantine": [],
        "unconfirmed": [],
        "trays": [],
        "refused_files": [],
    }
    return Result(**(values | changes))


def test_summary_says_what_a_person_asks(place: Place) -> None:
    """Printed, blocked, rejected, unconfirmed and why: each must be there, and text from outside must be harmless."""
    blocking = {"shipment": 4, "code": "address-missing", "message": "no street", "blocking": True, "orders": ["A-4"]}
    text = summary(
        place,
        result(
            cases=[blocking, {**blocking, "blocking": False, "code": "phone-missing"}],
            quarantine=[{"place": "a.csv row 3", "reason": "no \x1b[31mamount"}],
            unconfirmed=[{"serial": "W0000004.1", "printer": "printer-2", "reason": None, "evidence": "E2"}],
            trays=[Tray("printer-1", 10, place.tray("printer-1") / "000010.png")],
            refused_files=[place.drop / "rejected" / "a.csv"],
        ),
    )
    for expected in (
        "12 orders: 10 parcels · 10 printed (not to be shipped: 2;",
        "order A-4 (shipment 4): address-missing: no street",
        "a.csv row 3: no ",
        "label W0000004.1 on printer-2: E2",
        "Labels printed",
        "000010.png",
        "drop/rejected/",
    ):
        assert expected in text
    assert "phone-missing" not in text
    assert "\x1b" not in text


def test_long_lists_are_cut(place: Place) -> None:
    """A hundred bad rows must not push the rest of the summary out of sight."""
    rows = [{"place": f"a.csv row {n}", "reason": "no amount"} for n in range(100)]
    text = summary(place, result(quarantine=rows))
    assert "row 19:" in text
    assert "row 20:" not in text
    assert "and 80 more" in text


def test_tray_is_read_while_a_line_is_written(place: Place) -> None:
    """The ledger grows while it is read; half a line is no label yet."""
    tray = place.tray("printer-1")
    assert read_tray(place, "printer-1") == Tray("printer-1", 0, None)
    tray.mkdir(parents=True)
    (tray / "ledger.jsonl").write_text('{"png": "000001.png"}\n{"png": null}\n{"png": "0000')
    assert read_tray(place, "printer-1") == Tray("printer-1", 2, tray / "000001.png")


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_cut_fits(text: str, columns: int) -> None:
    """A progress line that wraps would scroll the screen away."""
    assert width(cut(text, columns)) <= columns


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_output_is_rare_and_without_control_sequences() -> None:
    """A build's log must stay readable."""
    stream = io.StringIO()
    screen = Screen(stream)
    for second in range(10):
        screen.progress(f"{second} printed", second * 0.5)
    screen.say("done")
    assert stream.getvalue() == "0 printed\n4 printed\n8 printed\ndone\n"


def test_terminal_line_is_replaced() -> None:
    """What stays must stand on a line of its own, not behind a progress line."""
    stream = Terminal()
    screen = Screen(stream)
    screen.progress("1 printed", 0.0)
    screen.progress("1 printed", 0.1)
    screen.progress("2 printed", 0.2)
    screen.say("done")
    assert stream.getvalue() == "\r\x1b[K1 printed\r\x1b[K2 printed\r\x1b[Kdone\n"
