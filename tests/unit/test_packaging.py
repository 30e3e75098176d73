"""What is shipped: the wheel, the service unit, and the entry of a stranger who clones the repository."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from waybilld.cli.main import COMMANDS, run

ROOT = Path(__file__).parents[2]
PACKAGES = ("adapters", "daemon", "plugins")
UNIT = ROOT / "systemd" / "waybilld.service"


def shipped_files() -> set[str]:
    """Every file of the packages, by its path in the wheel."""
    found = (path for folder in PACKAGES for path in (ROOT / folder).rglob("*") if path.is_file())
    names = {str(path.relative_to(ROOT / path.relative_to(ROOT).parts[0])) for path in found}
    return {name for name in names if "__pycache__" not in name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources: setuptools leaves traces where it builds, and finds those of earlier builds.

    Without pip and its own environment for the build, so that no package index is asked.
    """
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", code, str(out)]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = out.glob("*.whl")
    return path


def test_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """A profile, template or migration that is left out is missed only on a customer's machine."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == shipped_files()
    assert "waybilld/store/migrations/versions/0001_first.py" in inside
    assert {"waybilld_printers/profiles/zebra-203.yaml", "waybilld_marketplaces/files/profiles/shopify.yaml"} <= inside


def test_wheel_says_what_it_is(wheel: Path) -> None:
    """Without its entry points the daemon finds no adapter; without its licence nobody may use it."""
    with zipfile.ZipFile(wheel) as archive:
        meta = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "License-Expression: MIT" in meta["METADATA"]
    assert "MIT License" in meta["LICENSE"]
    assert "waybilld = waybilld.cli.main:main" in meta["entry_points.txt"]
    assert "[waybilld.plugins]" in meta["entry_points.txt"]


def unit() -> dict[str, list[str]]:
    """The settings of the service unit; systemd lets most of them stand several times."""
    settings = defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            settings[name].append(value)
    return settings


def test_unit_calls_commands_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """A unit with a misspelt command fails on the day of the upgrade."""
    calls = [shlex.split(call.lstrip("-")) for name in ("ExecStartPre", "ExecStart") for call in unit()[name]]
    assert [call[1] for call in calls] == ["db", "run"]
    for program, *words in calls:
        assert program == "/usr/bin/waybilld"
        assert words[0] in COMMANDS
        assert words[-2:] == ["--config", "/etc/waybilld/waybilld.yaml"]
        assert run([*words[:-2], "--help"]) == 0
    assert "--config" in capsys.readouterr().out


def test_unit_gives_the_daemon_what_it_needs() -> None:
    """Each of these was chosen together with the code: notifications, the watchdog, the drain, the folders."""
    settings = unit()
    assert settings["Type"] == ["notify"]
    assert settings["NotifyAccess"] == ["main"]
    assert settings["WatchdogSec"] == ["30"]
    assert int(settings["TimeoutStopSec"][0]) > 20
    assert settings["StateDirectory"] == settings["RuntimeDirectory"] == settings["User"] == ["waybilld"]
    assert settings["RestartPreventExitStatus"] == ["64 65 78"]
    # In a user namespace every peer of the socket is `nobody`, a dispatcher too.
    assert "PrivateUsers" not in settings


def test_unit_confines_the_daemon() -> None:
    """A label printer needs the network and its folders, and nothing else of the machine."""
    settings = unit()
    for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "MemoryDenyWriteExecute"):
        assert settings[name] == ["yes"], name
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["CapabilityBoundingSet"] == [""]
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX AF_INET AF_INET6"]


def test_systemd_agrees(tmp_path: Path) -> None:
    """Where systemd is installed it reads the unit itself: an unknown key would be ignored in silence otherwise."""
    sections = configparser.RawConfigParser(strict=False)
    sections.read_string(UNIT.read_text())
    assert sections.sections() == ["Unit", "Service", "Install"]
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    copy = tmp_path / "waybilld.service"
    copy.write_text(UNIT.read_text().replace("/usr/bin/waybilld", shlex.quote(sys.executable)))
    verified = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert "waybilld.service" not in verified.stderr, verified.stderr


def test_account_and_folders_have_one_name() -> None:
    """The unit, the account and the drop folder of the example configuration must agree."""
    assert re.search(r"^u waybilld ", (ROOT / "systemd/sysusers.d/waybilld.conf").read_text(), re.MULTILINE)
    made = re.findall(r"^d (\S+)", (ROOT / "systemd/tmpfiles.d/waybilld.conf").read_text(), re.MULTILINE)
    assert "/srv/waybilld/orders" in made
    assert "folder: /srv/waybilld/orders" in (ROOT / "etc/waybilld.yaml").read_text()
    assert unit()["ReadWritePaths"] == ["-/srv/waybilld"]


def test_links_of_the_first_pages_lead_somewhere() -> None:
    """A stranger follows them in the first five minutes."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))]
    assert links
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_scripts_can_be_run() -> None:
    """Continuous integration calls them by name."""
    for name in ("run", "setup"):
        script = ROOT / ".ci" / name
        assert script.stat().st_mode & 0o111
        checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
