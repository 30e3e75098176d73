"""The virtual printer as people run it: a program of its own, real sockets, a ready file, a tray on disk."""

import base64
import binascii
import contextlib
import hashlib
import json
import resource
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

PATIENCE = 20.0
"""Seconds; reached only when something is broken."""

PROGRAM = (sys.executable, "-m", "waybilld_printers.virtual")


def label(dots: bytes, row: int, extra: bytes = b"") -> bytes:
    """A format with one Z64 graphic, made without the help of any encoder of ours."""
    text = base64.b64encode(zlib.compress(dots))
    counts = b"%d,%d,%d" % (len(dots), len(dots), row)
    data = b":Z64:%s:%04X" % (text, binascii.crc_hqx(text, 0))
    rows = len(dots) // row
    return b"^XA^PW%d^LL%d%s^FO0,0^GFA,%s,%s^FS^XZ" % (row * 8, rows, extra, counts, data)


DOTS = bytes.fromhex("FF81 8001 8421 FFFF")
LABEL = label(DOTS, 2)


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again until it is so; fail when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    ready_file: Path
    entry: dict[str, object]

    @property
    def tray(self) -> Path:
        return Path(str(self.entry["tray"]))

    def connect(self, kind: str) -> socket.socket:
        address = (str(self.entry["host"]), int(str(self.entry[f"{kind}_port"])))
        return socket.create_connection(address, timeout=PATIENCE)

    def tell(self, line: str) -> dict[str, object]:
        with self.connect("control") as control, control.makefile("rb") as replies:
            control.sendall(line.encode() + b"\n")
            reply: dict[str, object] = json.loads(replies.readline())
        assert reply["ok"], reply
        return reply

    def status(self) -> dict[str, object]:
        status = self.tell("status")["status"]
        assert isinstance(status, dict)
        return status

    def wait(self, **wanted: object) -> None:
        until(lambda: wanted.items() <= self.status().items())

    def ledger(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.tray / "ledger.jsonl").read_text().splitlines()]

    def ask(self, question: bytes, end: bytes) -> bytes:
        with self.connect("status") as status:
            status.sendall(question)
            return read_until(status, end)

    def odometer(self) -> bytes:
        return self.ask(b'! U1 getvar "odometer.total_label_count"\r\n', b'"')


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Read one answer; it ends with ``end`` and is longer than that alone."""
    answer = b""
    while not (answer.endswith(end) and len(answer) > len(end)):
        piece = connection.recv(4096)
        assert piece, answer
        answer += piece
    return answer


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    ready_file = folder / "ready.json"
    command = [*PROGRAM, "--ready-file", str(ready_file), "--tray", str(folder / "tray"), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: ready_file.exists() or process.poll() is not None)
        ready = json.loads(ready_file.read_text())
        assert ready["pid"] == process.pid
        yield Running(process, ready_file, ready["printers"][0])
    finally:
        process.terminate()
        _output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, b"")
    assert not ready_file.exists()


def test_a_label_goes_in_and_comes_out(tmp_path: Path) -> None:
    """If this fails the stand-in stands for nothing: no other test with real sockets means anything."""
    with running(tmp_path, "--instant", "--serial", "S1") as printer:
        with printer.connect("print") as connection:
            connection.sendall(LABEL + b'! U1 getvar "device.unique_id"\r\n')
            assert read_until(connection, b'"') == b'"S1"'
        assert printer.odometer() == b'"1"'
        (line,) = printer.ledger()
        assert (line["n"], line["odometer"], line["kind"], line["complaints"]) == (1, 1, "format", [])
        assert line["sha256"] == hashlib.sha256(LABEL).hexdigest()
        with Image.open(printer.tray / str(line["png"])) as picture:
            assert (picture.mode, picture.size) == ("1", (16, 4))
            assert bytes(byte ^ 255 for byte in picture.tobytes()) == DOTS


def test_status_while_the_print_port_is_stuck(tmp_path: Path) -> None:
    """A full device answers on its status port while the sender's window is closed: backpressure must be real."""
    # Noise does not compress, so that each label is larger than its share of the buffer.
    noise = label(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(250)), 10)
    with running(tmp_path, "--buffer", "8192", "--receive-window", "4096", "--instant", "--no-draw") as printer:
        printer.tell("pause")
        with printer.connect("print") as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            connection.setblocking(False)
            stream = memoryview(noise * 20)
            sent = 0

            def push() -> bool:
                nonlocal sent
                with contextlib.suppress(BlockingIOError):
                    sent += connection.send(stream[sent:])
                return bool(printer.status()["buffer_full"])

            until(push)
            assert printer.ask(b"~HS", b"\r\n").startswith(b"\x02030,0,1,")
            assert sent < len(stream)
            printer.tell("resume")
            connection.setblocking(True)
            connection.sendall(stream[sent:])
            printer.wait(labels_out=20, partial=False)
        assert {line["sha256"] for line in printer.ledger()} == {hashlib.sha256(noise).hexdigest()}


def test_a_cut_connection_leaves_a_partial_format(tmp_path: Path) -> None:
    """Reset at byte n, the rest of the story is what makes failover hard: the bytes before n are in the device."""
    with running(tmp_path, "--instant") as printer:
        printer.tell(f"reset-at {len(LABEL)}")
        with printer.connect("print") as connection, pytest.raises(ConnectionError):
            connection.sendall(LABEL)
            connection.recv(1)
        printer.wait(partial=True, labels_out=0)
        with printer.connect("print") as connection:
            connection.sendall(LABEL[-1:])
            printer.wait(partial=False, labels_out=1)
        assert printer.ledger()[0]["sha256"] == hashlib.sha256(LABEL).hexdigest()


def test_errors_delay_and_power_loss_loses(tmp_path: Path) -> None:
    """An open head keeps the label, a power cut does not: a daemon must tell the two apart by asking."""
    with running(tmp_path, "--instant") as printer:
        printer.tell("head-open")
        with printer.connect("print") as connection:
            connection.sendall(LABEL)
            printer.wait(formats=1, labels_out=0)
            printer.tell("head-close")
            printer.wait(formats=0, labels_out=1)
            printer.tell("paper-out")
            connection.sendall(LABEL)
            printer.wait(formats=1)
            printer.tell("power-cycle 0.3")
            with pytest.raises(ConnectionError):
                connection.recv(1)
        with pytest.raises(ConnectionRefusedError):
            printer.connect("print")
        with pytest.raises(ConnectionRefusedError):
            printer.connect("status")
        printer.wait(on=True, formats=0, paper_out=True)
        printer.tell("load")
        assert printer.odometer() == b'"1"'
        assert len(printer.ledger()) == 1


def test_one_print_session_at_a_time(tmp_path: Path) -> None:
    """Many devices accept a second connection and let it wait; two labels must never be woven into one."""
    with running(tmp_path, "--instant") as printer:
        first, second = printer.connect("print"), printer.connect("print")
        first.sendall(LABEL[:20])
        printer.wait(partial=True)
        second.sendall(LABEL + b"~HI")
        first.sendall(LABEL[20:])
        printer.wait(labels_out=1)
        first.close()
        assert read_until(second, b"\x03\r\n").startswith(b"\x02ZD421")
        second.close()
        assert [line["complaints"] for line in printer.ledger()] == [[], []]


def test_refuse_and_stall(tmp_path: Path) -> None:
    """A port that refuses and a port that hangs call for different answers; both must be had on command."""
    with running(tmp_path, "--instant") as printer:
        printer.tell("refuse")
        with pytest.raises(ConnectionRefusedError):
            printer.connect("print")
        printer.tell("accept")
        printer.tell("stall")
        with printer.connect("print") as connection, printer.connect("status") as status:
            connection.sendall(LABEL)
            status.sendall(b"~HI")
            status.settimeout(0.1)
            with pytest.raises(TimeoutError):
                status.recv(1)
            assert printer.status()["labels_out"] == 0
            status.settimeout(PATIENCE)
            printer.tell("unstall")
            assert read_until(status, b"\x03\r\n").startswith(b"\x02ZD421")
            printer.wait(labels_out=1)


def test_the_odometer_outlives_the_process_even_a_kill(tmp_path: Path) -> None:
    """Else a restarted stand-in would look like another printer, and a campaign would blame the daemon."""
    ready_file = tmp_path / "killed.json"
    command = [*PROGRAM, "--ready-file", str(ready_file), "--tray", str(tmp_path / "tray"), "--instant", "--no-draw"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(ready_file.exists)
        victim = Running(process, ready_file, json.loads(ready_file.read_text())["printers"][0])
        with victim.connect("print") as connection:
            connection.sendall(LABEL * 3)
            victim.wait(labels_out=3)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    with running(tmp_path, "--instant", "--no-draw") as printer:
        assert printer.odometer() == b'"3"'
        printer.tell("feed")
        assert [line["n"] for line in printer.ledger()] == [1, 2, 3, 4]


def test_a_tray_that_cannot_be_written_ends_the_program(tmp_path: Path) -> None:
    """A label that came out but is in no ledger would be held against the daemon; better none than a lying one."""
    ready_file = tmp_path / "ready.json"
    command = [*PROGRAM, "--ready-file", str(ready_file), "--tray", str(tmp_path / "tray"), "--instant", "--no-draw"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(ready_file.exists)
        printer = Running(process, ready_file, json.loads(ready_file.read_text())["printers"][0])
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (10, 10))
        with printer.connect("print") as connection:
            connection.sendall(LABEL)
            _output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait(PATIENCE)
    assert (process.returncode, errors.count(b"\n")) == (70, 1)
    assert b"cannot write to the tray" in errors


def test_several_printers_in_one_process(tmp_path: Path) -> None:
    """A bench runs eight; each must have its own ports, serial, tray and faults."""
    with running(tmp_path, "--instant", "--count", "3", "--name", "p") as printer:
        entries = json.loads(printer.ready_file.read_text())["printers"]
        assert [entry["name"] for entry in entries] == ["p-1", "p-2", "p-3"]
        assert len({entry[key] for entry in entries for key in ("print_port", "status_port", "control_port")}) == 9
        assert len({entry["serial"] for entry in entries}) == len({entry["tray"] for entry in entries}) == 3
        assert cli("tell", str(printer.ready_file), "--printer", "p-2", "pause")[0] == 0
        states = [Running(printer.process, printer.ready_file, entry).status()["paused"] for entry in entries]
        assert states == [False, True, False]
        code, _output, errors = cli("tell", str(printer.ready_file), "pause")
        assert (code, errors.count("\n")) == (64, 1)


def cli(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_command_line(tmp_path: Path) -> None:
    """A person must get along with --help, plain sentences and exit codes, and never see a traceback."""
    with running(tmp_path, "--instant") as printer:
        ready_file = str(printer.ready_file)
        with printer.connect("print") as connection:
            connection.sendall(LABEL)
            printer.wait(labels_out=1)
        assert "odometer 1" in cli("tray", ready_file)[1]
        assert json.loads(cli("tray", ready_file, "--json")[1])[0]["png"] == "000001.png"
        assert cli("tell", ready_file, "paper-out")[:2] == (0, "paper-out: ok\n")
        assert "paper out          yes" in cli("tell", ready_file, "status")[1]
        assert "reset-at N" in cli("tell", ready_file, "help")[1]
        assert cli("tell", ready_file, "feed")[0] == 70
        assert cli("tell", ready_file, "paper")[0] == 64
        taken = cli("--print-port", str(printer.entry["print_port"]), "--tray", str(tmp_path / "other"))
        assert (taken[0], taken[2].count("\n")) == (70, 1)
        printer.process.send_signal(signal.SIGINT)
        printer.process.wait(PATIENCE)
    for arguments, code in (
        (("tell", ready_file, "status"), 69),
        (("serve", "--speed", "fast"), 64),
        (("serve", "--tray", "/proc/nowhere"), 70),
        (("serve", "--ready-file", str(tmp_path / "no" / "folder"), "--no-draw"), 70),
        (("nonsense",), 64),
    ):
        result = cli(*arguments)
        assert (result[0], result[2].count("\n")) == (code, 1), result
    assert "examples:" in cli("--help")[1]


def test_a_second_session_can_be_refused(tmp_path: Path) -> None:
    """Some devices take one connection and refuse the next: a daemon must not take that for a dead printer."""
    with running(tmp_path, "--instant", "--one-session") as printer:
        with printer.connect("print") as first:
            first.sendall(b"~HI")
            assert read_until(first, b"\x03\r\n").startswith(b"\x02ZD421")
            with pytest.raises(ConnectionRefusedError):
                printer.connect("print")

        def taken() -> bool:
            with contextlib.suppress(ConnectionRefusedError):
                printer.connect("print").close()
                return True
            return False

        until(taken)


def test_alerts_are_dialled(tmp_path: Path) -> None:
    """The printer calls us; whoever is not there misses it, and the printer goes on."""
    with running(tmp_path, "--instant", "--serial", "S1") as printer, socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(PATIENCE)
        port = ear.getsockname()[1]
        with printer.connect("status") as status:
            status.sendall(b'{}{"alerts.add":"PQ JOB COMPLETED,TCP,Y,N,127.0.0.1,%d,N,"}' % port)
            assert b"PQ JOB COMPLETED" in read_until(status, b"}")
        with printer.connect("print") as connection:
            connection.sendall(LABEL)
            call, _peer = ear.accept()
            with call:
                call.settimeout(PATIENCE)
                line = read_until(call, b"\r\n").decode()
            assert line.startswith("ALERT: PQ JOB COMPLETED [") and line.endswith("] [S1]\r\n")
            ear.close()
            connection.sendall(LABEL)
            printer.wait(labels_out=2)


def test_slow_in_and_slow_out(tmp_path: Path) -> None:
    """Bytes are taken at a rate, and an answer leaves byte by byte."""
    with running(tmp_path, "--instant", "--no-draw") as printer:
        printer.tell("drain 2000")
        with printer.connect("print") as connection:
            begun = time.monotonic()
            connection.sendall(LABEL * 8)
            printer.wait(labels_out=8)
            assert time.monotonic() - begun > len(LABEL) * 8 / 2000 - 0.06
            printer.tell("trickle 1 0.001")
            connection.sendall(b"~HI")
            assert connection.recv(100) == b"\x02"
            assert read_until(connection, b"\x03\r\n").startswith(b"ZD421")
        with printer.connect("status") as status:
            status.sendall(b"~HI")
            assert status.recv(100) == b"\x02"
            assert read_until(status, b"\x03\r\n").startswith(b"ZD421")


def test_an_echo_comes_late_and_unasked(tmp_path: Path) -> None:
    """ESC/POS says that a label is on paper when it is; and such devices have no status port."""
    receipt = b"\x1b@\x1dv0\x00\x01\x00\x02\x00\xff\x81\x1dV\x01\x1d(H\x06\x0000AB12"
    with running(tmp_path, "--language", "escpos") as printer:
        with pytest.raises(ConnectionRefusedError):
            printer.connect("status")
        printer.tell("head-open")
        with printer.connect("print") as connection:
            connection.sendall(receipt + b"\x10\x04\x02")
            assert connection.recv(100) == b"\x16"
            printer.tell("head-close")
            assert read_until(connection, b"\0") == b"\x37\x22AB12\0"
        (line,) = printer.ledger()
        assert (line["kind"], line["sha256"]) == ("format", hashlib.sha256(receipt[:-11]).hexdigest())


def test_a_script_from_a_file(tmp_path: Path) -> None:
    """A scenario runs by itself; a file with mistakes does not start, and tells each with its place."""
    script = tmp_path / "faults.txt"
    script.write_text("at label 2 byte 5: reset\nafter label 2: paper-out\nafter 0.1 s: load\n")
    with running(tmp_path, "--instant", "--script", str(script)) as printer:
        with printer.connect("print") as connection, pytest.raises(ConnectionError):
            connection.sendall(LABEL * 2)
            connection.recv(1)
        printer.wait(labels_out=1, partial=True)
        with printer.connect("print") as connection:
            connection.sendall(LABEL[4:] + LABEL)
            printer.wait(labels_out=3)
        listed = cli("tell", str(printer.ready_file), "script")[1]
        assert listed.splitlines() == [f"fired    {line}" for line in script.read_text().splitlines()]
    script.write_text("after label 2: paper-uot\nwhen: load\n")
    code, _output, errors = cli("serve", "--no-draw", "--script", str(script))
    assert (code, errors.count("\n")) == (64, 2)
    assert f"{script}:1:16: unknown command" in errors
    assert f"{script}:2:1: 'when' is no trigger" in errors
