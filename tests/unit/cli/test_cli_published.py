"""What people read of the command line, and how quickly it comes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from waybilld.cli.main import COMMANDS, SUMMARIES, cli, run
from waybilld.cli.reference import reference

ROOT = Path(__file__).parents[3]
_EXAMPLE = re.compile(r"Examples:\n +[^\n]*\bwaybilld ")
SLOW = ("twisted", "sqlalchemy", "alembic", "pydantic", "PIL", "cryptography")


def test_reference_is_up_to_date() -> None:
    """A reference that lags behind the commands is worse than none: python -m waybilld.cli.reference writes it."""
    assert (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8") == reference()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported_and_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of names is only as good as what it names."""
    assert run([name, "--help"]) == 0
    assert "Usage: waybilld" in capsys.readouterr().out
    assert SUMMARIES.get(name, "").endswith(".")


def modules_after(*arguments: str) -> set[str]:
    """The top-level modules that a command imports, in a process of its own."""
    code = (
        "import sys; from waybilld.cli.main import run; run(sys.argv[1:]); "
        "sys.stderr.write('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stderr.splitlines()[-1].split())


def test_help_imports_nothing_slow() -> None:
    """The first thing that anybody types; a second's wait for it is a bad first impression."""
    assert modules_after("--help").isdisjoint(SLOW)


@pytest.mark.parametrize("arguments", [["orders"], ["check"], ["shipments", "show", "1"]], ids=" ".join)
def test_readings_never_import_twisted(config: Path, arguments: list[str]) -> None:
    """Half a second for each call would be felt in every script."""
    assert modules_after("--config", str(config), *arguments).isdisjoint({"twisted", "alembic", "PIL"})


def commands(command: click.Command, context: click.Context) -> list[click.Command]:
    """A command and everything below it."""
    found = [command]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += commands(inner, context)
    return found


def test_every_option_says_what_it_is_for() -> None:
    """A bare option name sends people to the source."""
    context = cli.make_context("waybilld", [], resilient_parsing=True)
    options = [p for c in commands(cli, context) for p in c.params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_every_command_has_an_example() -> None:
    """An example is what people read first, and what they copy."""
    context = cli.make_context("waybilld", [], resilient_parsing=True)
    told = [(command.name, f"{command.help}\n{command.epilog}") for command in commands(cli, context)]
    assert [name for name, text in told if not _EXAMPLE.search(text)] == []


def test_run_becomes_the_daemon(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """The same process, so that systemd and a person's ^C reach the daemon itself; and no import from the current folder."""
    seen: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda program, arguments: seen.append([program, *arguments]))
    run(["run"])
    assert seen == [[sys.executable, sys.executable, "-P", "-m", "waybilld", "--config", str(config)]]
