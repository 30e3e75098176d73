"""`waybilld plugins`, and the endings of the command line that every command shares."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from waybilld.cli.exits import Exit
from waybilld.cli.main import COMMANDS, run

Install = Callable[..., None]

NO_PLUGINS = "rules: {plugins: []}\nlabels: {plugins: [drawer], renderer: fine}\n"
DRAWER = "    @hookimpl\n    def waybilld_register_renderers(self):\n        return [RendererSpec('fine', print)]\n"
CARRIER = (
    "    @hookimpl\n    def waybilld_register_carriers(self):\n        return [AdapterSpec('acme', '', Settings, print)]\n"
)


@pytest.fixture
def config(tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that enables one made plugin, named by the environment variable."""
    install("drawer", DRAWER)
    path = tmp_path / "w.yaml"
    path.write_text(NO_PLUGINS)
    monkeypatch.setenv("WAYBILLD_CONFIG", str(path))
    return path


@pytest.mark.usefixtures("config")
def test_listing(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """What is enabled, what merely lies there, and what each brings, on one line each."""
    install("idle", module="raise RuntimeError('imported')")
    assert run(["plugins"]) == Exit.DONE
    lines = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    assert lines["drawer"] == ["drawer", "2.0", "drawer-waybilld", "1.5", "1.0", "yes", "renderers", "fine"]
    assert lines["idle"] == ["idle", "-", "idle-waybilld", "1.5", "-", "no", "-"]


def test_failed_plugin_is_shown_with_its_reason(config: Path, install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """This is the command that people type when a plugin does not work."""
    install("acme", module="import no_such_library")
    config.write_text(NO_PLUGINS + "carriers: [{name: c, adapter: acme}]\n")
    assert run(["plugins"]) == Exit.FINDINGS
    seen = capsys.readouterr()
    assert "failed: the plugin 'acme' cannot be imported from 'made_acme_waybilld:plugin'" in seen.out
    assert "1 " not in seen.err.split(":")[0]
    assert "carriers[0].adapter" in seen.err
    assert run(["plugins", "--json"]) == Exit.FINDINGS
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["plugins"] if row["failures"]] == ["acme"]
    assert told["failures"][0]["stage"] == "import"


def test_listing_with_a_broken_configuration(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake elsewhere in the file must not hide which plugins there are."""
    config.write_text(NO_PLUGINS + "nod: a\nshps: []\n")
    assert run(["plugins"]) == Exit.CONFIG
    seen = capsys.readouterr()
    assert "drawer" in seen.out
    assert "2 mistakes: see waybilld config check" in seen.err


def test_config_check(config: Path, install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that stands in every upgrade procedure."""
    install("acme", CARRIER)
    config.write_text(NO_PLUGINS + "carriers: [{name: c, adapter: acme}]\n")
    assert run(["config", "check"]) == Exit.DONE
    assert capsys.readouterr().out == "ok: 0 shops, 1 carrier, 0 printers, 0 pools, 0 warehouses, 0 senders\n"
    assert run(["config", "check", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["counts"]["carriers"] == 1


def test_config_check_with_mistakes(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors go to stderr, so that a script's output stays clean, and the exit code says whose fault it is."""
    config.write_text(NO_PLUGINS + "nod: a\nlisten: 5\n")
    assert run(["config", "check"]) == Exit.CONFIG
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.splitlines() == [
        f"{config}:3:1: nod: unknown key, did you mean 'node'?",
        f"{config}:4:9: listen: must be text, not a number: put it in quotes",
    ]
    assert run(["config", "check", "--json"]) == Exit.CONFIG
    told = json.loads(capsys.readouterr().out)
    assert [(error["line"], error["path"]) for error in told["errors"]] == [(3, "nod"), (4, "listen")]


@pytest.mark.usefixtures("config")
def test_config_show_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are read by programs, so nothing else may stand on stdout."""
    assert run(["config", "show"]) == Exit.DONE
    assert capsys.readouterr().out.startswith("node: main\nstate: /var/lib/waybilld\n")
    assert run(["config", "show", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["labels"]["renderer"] == "fine"
    assert run(["config", "schema"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out)["title"] == "Config"


def test_option_before_and_after_the_command(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The innermost option wins, and any option wins over the variable."""
    config.write_text("nod: a\n")
    outer, inner = tmp_path / "outer.yaml", tmp_path / "inner.yaml"
    for path in (outer, inner):
        path.write_text(NO_PLUGINS + f"node: {path.stem}\n")
    assert run(["--config", str(outer), "config", "show"]) == Exit.DONE
    assert "node: outer" in capsys.readouterr().out
    assert run(["--config", str(outer), "config", "show", "--config", str(inner)]) == Exit.DONE
    assert "node: inner" in capsys.readouterr().out
    assert run(["config", "--config", str(outer), "show"]) == Exit.DONE
    assert "node: outer" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["--confg"], ["nothing"], ["config", "chek"], ["config", "check", "x"], ["plugins", "--yaml"]]
)
def test_wrong_usage_exits_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """sysexits tells a slip of the fingers (64) from a broken file (78)."""
    assert run(arguments) == Exit.USAGE
    assert "Usage: waybilld" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["config"], ["config", "-h"], ["plugins", "--help"], ["--version"]])
def test_help_exits_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every command in the table can be imported and explains itself."""
    assert run(arguments) == Exit.DONE
    assert capsys.readouterr().out


def test_start_up_stays_light() -> None:
    """A command that imports Twisted or SQLAlchemy for nothing makes every call of a cron job slow."""
    heavy = "('twisted', 'sqlalchemy', 'PIL', 'alembic')"
    code = f"import sys, waybilld.cli.main as m; m.run(['--version']); print([n for n in {heavy} if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert set(COMMANDS) >= {"config", "plugins"}


def test_reader_that_goes_away() -> None:
    """`waybilld config show | head -1` must not end in a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "waybilld.cli.main", "--help"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
