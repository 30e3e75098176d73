"""The virtual printer's tray: what came out stays written, whatever kills the program."""

import json
from pathlib import Path

from waybilld_printers.virtual.device import Counters, Device, DeviceConfig
from waybilld_printers.virtual.tray import LEDGER, STATE, Tray, ledger

ONE = b"^XA^PW16^LL8^PQ2^GFA,2,2,1,FF81^FS^A0N,9^FDx^FS^GFA,1,1,1,:Z64:AAAA:0000^FS^XZ"


def run(folder: Path, *, draw: bool = False) -> Device:
    """One life of the program: two labels and a foreign one."""
    tray = Tray(folder, draw=draw)
    device = Device(DeviceConfig(labels_per_second=None), tray.counters)
    device.receive(ONE, 0.0)
    device.feed(0.0)
    for printed in device.advance(0.0):
        tray.add(printed, device.counters)
    tray.close()
    return device


def test_lines_and_pictures(tmp_path: Path) -> None:
    """The ledger is the truth that every campaign compares with; its shape is a promise."""
    run(tmp_path, draw=True)
    lines = ledger(tmp_path)
    assert [list(line) for line in lines] == [["n", "odometer", "utc", "sha256", "png", "complaints", "kind"]] * 3
    assert [(line["n"], line["odometer"], line["png"], line["kind"]) for line in lines] == [
        (1, 1, "000001.png", "format"),
        (2, 2, "000002.png", "format"),
        (3, 3, None, "foreign"),
    ]
    assert lines[0]["complaints"] == ["not drawn: ^A0", "not drawn: ^FD", "refused: ^GF with a wrong CRC"]
    assert (tmp_path / "000001.png").read_bytes() == (tmp_path / "000002.png").read_bytes()


def test_numbers_and_odometer_go_on_after_a_restart(tmp_path: Path) -> None:
    """Else a restart of the stand-in would look like a swapped printer."""
    run(tmp_path)
    device = run(tmp_path)
    assert device.counters.total == 6
    assert [line["n"] for line in ledger(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_a_line_cut_by_a_kill_is_removed(tmp_path: Path) -> None:
    """Else one kill would make the whole ledger unreadable, or glue two labels into one line."""
    run(tmp_path)
    with (tmp_path / LEDGER).open("ab") as file:
        file.write(b'{"n":4,"odo')
    assert len(ledger(tmp_path)) == 3
    run(tmp_path)
    assert [line["n"] for line in ledger(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_the_ledger_wins_over_an_older_state(tmp_path: Path) -> None:
    """A kill between the two writes must not let the odometer fall behind what lies in the tray."""
    run(tmp_path)
    (tmp_path / STATE).write_text(json.dumps({"n": 2, "total": 2, "user": 2, "length_dots": 16}))
    tray = Tray(tmp_path, draw=False)
    assert tray.counters == Counters(3, 3, 16)
    tray.close()
