"""Every kind of mistake: one line each, at the right place, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from waybilld.config.errors import ConfigErrors
from waybilld.config.load import MAX_BYTES, Resolve, load

Mistakes = Callable[[str], list[str]]

FIVE = """\
node: main
listen: 127.0.0.1:99999
printers:
  - name: left
    mdia: [100, 150]
    adapter: acme/wire
pools:
  - name: bench
    printers: [lft]
retention: {pages_days: "7"}
rulez: {}
"""


def test_five_mistakes_give_five_lines(mistakes: Mistakes) -> None:
    """One mistake at a time would cost a sysadmin five rounds."""
    assert mistakes(FIVE) == [
        "2:9: listen: the port must be 0 to 65535; 0 lets the system choose a free one",
        "5:5: printers[0].mdia: unknown key: remove it, or use one of settings, unconfirmed, place, card, gap_mm",
        "9:16: pools[0].printers[0]: printers has no entry named 'lft', did you mean 'left'?",
        "10:25: retention.pages_days: must be a whole number, not text",
        "11:1: rulez: unknown key, did you mean 'rules'?",
    ]


CASES = [
    ("nod: a\n", "1:1: nod: unknown key, did you mean 'node'?"),
    ("node: 5\n", "1:7: node: must be text, not a number: put it in quotes"),
    ("node: true\n", "1:7: node: must be text, not true or false: put it in quotes"),
    ("node:\n", "1:6: node: must be text, not empty"),
    ("node: a b\n", "1:7: node: a name is ASCII letters and digits with single hyphens between them, at most 40 characters"),
    ("state: ''\n", "1:8: state: must be a folder's path, absolute or relative to this file; '~' is not expanded"),
    ("listen: here\n", "1:9: listen: must be host:port, such as 127.0.0.1:8631 or [::1]:8631"),
    ("listen: a.b:1\n", "1:9: listen: the host must be an IP address of this machine, or localhost"),
    ("shops: {}\n", "1:8: shops: must be a list, not a mapping"),
    ("shops: [5]\n", "1:9: shops[0]: must be a mapping (key: value), not a number"),
    ("retention: {pages_days: 0}\n", "1:25: retention.pages_days: must be at least 1, not 0"),
    ("retention: {pages_days: 1.5}\n", "1:25: retention.pages_days: must be a whole number, not a number"),
    ("warehouses: [{name: n, country: cn}]\n", "1:33: warehouses[0].country: a country is its two-letter ISO 3166-1"),
    ("warehouses: [{name: n}]\n", "1:14: warehouses[0].country: is missing and has no default: add it"),
    ("pools: [{name: p, printers: []}]\n", "1:29: pools[0].printers: needs at least 1 entries, has 0"),
    ("carriers: [{name: c, adapter: none}]\n", "1:31: carriers[0].adapter: no carrier 'none'"),
    ("carriers: [{name: c, adapter: plain/plain}]\n", "1:31: carriers[0].adapter: write 'plain' alone: it already means"),
    ("carriers: [{name: c, adapter: a/b/c}]\n", "1:31: carriers[0].adapter: an adapter is written 'plugin' or"),
    ("carriers: [{name: c, adapter: plain, settings: {a: 1}}]\n", "1:49: carriers[0].settings.a: unknown key: remove it"),
    ("carriers: [{name: c, adapter: plain, settings: 1}]\n", "1:48: carriers[0].settings: must be a mapping (key: value)"),
    ("rules: {plugins: [x]}\n", "1:19: rules.plugins[0]: no plugin 'x'"),
    ("rules: {plugins: [rules, rules]}\n", "1:26: rules.plugins[1]: 'rules' stands in this list already: remove one"),
    ("labels: {renderer: x}\n", "1:20: labels.renderer: no renderer 'x'"),
    ("runs: {dispatchers: [root, nobody-of-us]}\n", "1:28: runs.dispatchers[1]: no user and no group of this system"),
    ("runs: {dispatchers: ['a\\0b']}\n", "1:22: runs.dispatchers[0]: no user and no group of this system"),
    ("runs: {dispatchers: root}\n", "1:21: runs.dispatchers: must be a list, not text"),
    ("retention: {runs_days: 31}\n", "1:24: retention.runs_days: must be at most 30, not 31"),
    ("labels: {plugins: [x], renderer: y}\n", "1:20: labels.plugins[0]: no plugin 'x'"),
    ("runtime: /" + "a" * 120 + "\n", "1:10: runtime: the socket api.sock inside would have a path of more than 107"),
    ("5\n", "1:1: must be a mapping (key: value), not a number"),
]


@pytest.mark.parametrize(("text", "start"), CASES)
def test_each_kind_of_mistake_is_one_line(mistakes: Mistakes, text: str, start: str) -> None:
    """A wrong place or a second line for the same mistake sends people to the wrong spot."""
    (line,) = mistakes(text)
    assert line.startswith(start)


REPLACED = [
    (
        "mask",
        "carriers: [post]",
        "carriers: [post]\n    mask: yes",
        "13:11: shops[0].mask: must be 'auto', 'always' or 'never', not",
    ),
    (
        "enum",
        "carriers: [post]",
        "carriers: [post]\n    confirm: handed",
        "13:14: shops[0].confirm: must be 'printed', 'verified',",
    ),
    ("sender", "sender: store", "sendr: store", "9:5: shops[0].sendr: unknown key, did you mean 'sender'?"),
    ("pool", "pool: bench", "pool: bunch", "10:11: shops[0].pool: pools has no entry named 'bunch', did you mean 'bench'?"),
    ("twice", "[post]", "[post, post]", "12:22: shops[0].carriers[1]: 'post' stands in this list already: remove one"),
    ("name twice", "name: right", "name: left", "18:12: printers[1].name: printers[0] has the name 'left' already"),
    (
        "nameless",
        "{name: right, adapter",
        "{nmae: right, adapter",
        "18:6: printers[1].nmae: unknown key, did you mean 'name'?",
    ),
    ("setting", "folder: orders, ", "", "13:15: shops[0].settings.folder: is missing and has no default: add it"),
    ("deep", "[100, 150]", "[100, wide]", "17:62: printers[0].settings.media[1]: must be a number, not text"),
    ("boom", "media: [100, 150]", "boom: true", "17:48: printers[0].settings: the adapter's own check failed (RuntimeError"),
]


@pytest.mark.parametrize(("text", "by", "start"), [case[1:] for case in REPLACED], ids=[case[0] for case in REPLACED])
def test_one_change_to_a_good_file_is_one_line(good: str, mistakes: Mistakes, text: str, by: str, start: str) -> None:
    """A single slip must not drown in errors that only follow from it."""
    lines = mistakes(good.replace(text, by, 1))
    shared = [line for line in lines if "in pools" not in line]
    assert len(lines) <= 2
    assert shared[0].startswith(start)


SHEETS = {
    "{label: waybill}, {label: card}": "[1]: a card comes from a file: name it, as in file: cards/{order}.pdf",
    "{label: waybill}, {label: slip, file: s.pdf}": "[1]: a slip is drawn by a template and has no file; a card",
    "{label: waybill}, {label: card, file: c.gif}": "[1].file: must end in .pdf, .png, .jpg or .jpeg",
    "{label: waybill}, {label: invoice, file: 'i/{ordr}.pdf'}": "[1].file: knows {order} alone, and not {ordr}",
    "{label: waybill}, {label: card, file: ~/c.pdf}": "[1].file: must be a file's path, absolute or relative to this file",
}


@pytest.mark.parametrize("items", SHEETS)
def test_sheets_from_files_are_checked_before_the_first_order(good: str, mistakes: Mistakes, items: str) -> None:
    """A print set without its file would hold every order of the night."""
    (line,) = mistakes(good.replace("carriers: [post]", f"carriers: [post]\n    print: {{default: [{items}]}}"))
    assert line.split(": ", 1)[1].startswith("shops[0].print.default" + SHEETS[items])


def test_printer_in_two_pools(good: str, mistakes: Mistakes) -> None:
    """Two lanes of two pools would both believe that the printer is theirs."""
    assert mistakes(good + "  - {name: other, printers: [right]}\n") == [
        "21:30: pools[1].printers[0]: the printer 'right' is in pools[0] already; a printer belongs to one pool"
    ]


@pytest.mark.parametrize("secret", ["hunter2", "12345678", "[hunter2]"])
def test_secret_in_the_wrong_place_is_not_shown(good: str, mistakes: Mistakes, secret: str) -> None:
    """A password that was typed where a reference belongs must not land in a terminal's log."""
    (line,) = mistakes(good.replace("{env: TOKEN}", secret))
    assert line.startswith("13:39: shops[0].settings.token: must be a mapping (key: value), not ")
    assert "hunter2" not in line
    assert "12345678" not in line


def test_wrong_secret_reference(good: str, mistakes: Mistakes) -> None:
    """Two sources for one secret would leave open which one counts."""
    (line,) = mistakes(good.replace("{env: TOKEN}", "{env: A, file: B}"))
    assert line == "13:39: shops[0].settings.token: name exactly one of file, env, credential"


def test_union_branch_that_went_deeper_is_meant(good: str, mistakes: Mistakes) -> None:
    """`must be text` beside a wrong key inside a reference would advise against the reference."""
    (line,) = mistakes(good.replace("media: [100, 150]", "secret: {fil: x}"))
    assert line.startswith("17:58: printers[0].settings.secret.fil: unknown key, did you mean 'file'?")
    assert mistakes(good.replace("media: [100, 150]", "secret: 5")) == [
        "17:57: printers[0].settings.secret: must be text or a mapping (key: value), not a number: put it in quotes"
    ]


def test_hostile_text_is_escaped(mistakes: Mistakes) -> None:
    """A file from elsewhere must not repaint the terminal of the one who checks it."""
    (line,) = mistakes('"a\\e[2J\\u202e": 1\n')
    assert line.isprintable()
    assert "\\x1b[2J\\u202e" in line


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"", "empty: write a configuration"),
        (b"# only a comment\n", "empty: write a configuration"),
        (b"node: a\nplace: \xff\n", "not UTF-8: byte 0xFF on line 2"),
        (b"node: a\n" * (MAX_BYTES // 8 + 1), "larger than 1048576 bytes"),
    ],
)
def test_file_that_is_no_configuration(tmp_path: Path, resolve: Resolve, content: bytes, start: str) -> None:
    """A traceback here would be the first thing that a new user sees."""
    path = tmp_path / "w.yaml"
    path.write_bytes(content)
    outcome = load(path, resolve)
    assert isinstance(outcome, ConfigErrors)
    assert str(outcome).startswith(f"{path}: {start}")


def test_file_that_cannot_be_read(tmp_path: Path, resolve: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason has its own remedy, so each has its own words."""
    assert "no such file" in str(load(tmp_path / "none.yaml", resolve))
    assert "a folder, not a file" in str(load(tmp_path, resolve))
    assert "cannot be read" in str(load(Path("a\0b"), resolve))
    monkeypatch.setattr(Path, "open", _denied)
    assert "may not be read by this user" in str(load(tmp_path / "none.yaml", resolve))


def _denied(*_args: object, **_options: object) -> None:
    raise PermissionError(13, "Permission denied")
