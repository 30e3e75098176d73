"""The command line of the virtual printer: what it refuses before anything is made."""

from pathlib import Path

import pytest

from waybilld_printers.virtual.__main__ import USAGE, main


@pytest.mark.parametrize("name", ["../../evil", "a/b", "/etc", "..", ".hidden", "a\\b", "", "x" * 65, "a\nb", "a\x00b"])
@pytest.mark.parametrize("count", ["1", "2"])
def test_no_name_leads_out_of_the_tray(
    name: str, count: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --count each printer has a folder of its name: one with dots and strokes wrote beside the tray."""
    (tmp_path / "in" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "in" / "deep")
    with pytest.raises(SystemExit) as ended:
        main(["--name", name, "--count", count, "--tray", "t"])
    assert ended.value.code == USAGE
    said = capsys.readouterr().err
    assert "is no name: 1 to 64 printable characters" in said
    assert said.rstrip("\n").isprintable()
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "deep"]
