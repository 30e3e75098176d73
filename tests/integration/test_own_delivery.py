"""Own delivery through the real daemon: masked on the parcel, whole on the driver's sheet, gone after the run."""

from __future__ import annotations

import contextlib
import grp
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from integration.test_api_cli import Running
from waybilld.cli.client import Api, Refused
from waybilld.core.runs import Stop, sheet_request
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.labels import LabelLine, LabelRequest, Page
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import Sender

GROUP = "tty"
STRANGER = 61_234
"""A user that no system has."""

HEADER = "order_id,status,name,phone,country,city,street,postcode,sku,title,quantity"
PEOPLE = (
    Consignee("Canaria Testperson", "+44 20 7946 0958", "GB", "", "London", "", "Flat 7, 1 Canary Wharf Lane", "E14 5AB"),
    Consignee("示例收件人", "13800000001", "CN", "", "示例市", "", "示例路1号3单元502室", "100000"),
)
SECRETS = [part for person in PEOPLE for part in (person.name, person.phone, person.street)]


class OwnDelivery(Running):
    """The sample station with drivers of its own, and temporary files in a folder that can be looked into."""

    def start(self) -> subprocess.Popen[bytes]:
        """As inherited."""
        self.config.write_text(self.own(self.config.read_text("utf-8")), "utf-8")
        return super().start()

    def own(self, text: str) -> str:
        """The station's configuration with own delivery."""
        old = "    adapter: numbered\n"
        assert old in text
        return text.replace(old, f"{old}    mode: own-delivery\n") + f"runs: {{dispatchers: [{GROUP}]}}\n"

    def put(self) -> None:
        """Both orders come in and are printed."""
        rows = [
            f'A-{at},paid,{one.name},{one.phone},{one.country},{one.city},"{one.street}",{one.postcode},MUG,Mug,1'
            for at, one in enumerate(PEOPLE, 1)
        ]
        (self.folder / "orders" / "o.csv").write_text("\n".join([HEADER, *rows, ""]), "utf-8")
        self.until(lambda: self.api.get("/api/v1/status")["shipments"] == {"printed": 2})
        self.until(lambda: not self.api.get("/api/v1/status")["jobs"])

    def number(self, shipment: int) -> str:
        """A shipment's waybill number."""
        return str(self.api.get(f"/api/v1/shipments/{shipment}")["parcels"][0]["waybills"][0]["number"])

    def files(self) -> dict[str, bytes]:
        """Everything that the daemon keeps, its log, and what lies in its folder for temporary files."""
        found = [*(self.folder / "state").rglob("*"), self.log, *Path(os.environ["TMPDIR"]).rglob("*")]
        return {str(path): path.read_bytes() for path in found if path.is_file()}


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnDelivery]:
    """A daemon that has printed two parcels of own delivery."""
    # Worker processes are asked for on a socket in it, whose path the kernel limits (unix(7)): a short one.
    temporary = tempfile.mkdtemp(prefix="wb-")
    monkeypatch.setenv("TMPDIR", temporary)
    found = OwnDelivery(tmp_path)
    try:
        found.put()
        yield found
    finally:
        found.stop()
        shutil.rmtree(temporary)


def differs(png: bytes, page: Page) -> bool:
    """Whether a picture is another one than a page."""
    with Image.open(io.BytesIO(png)) as one, Image.open(io.BytesIO(page.png)) as other:
        return one.size != other.size or ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is not None


def label(running: OwnDelivery, shipment: int, mask: bool) -> Page:
    """The waybill as it is drawn with and without masking."""
    request = LabelRequest(
        kind="waybill",
        dots_per_mm=8.0,
        media_mm=(100.0, 150.0),
        carrier="numbers",
        service="std",
        waybill_number=running.number(shipment),
        consignee=PEOPLE[shipment - 1],
        sender=Sender("Sample Store", "010", "Road 1", "GB"),
        lines=(LabelLine("MUG", "Mug", 1),),
        order_refs=(f"A-{shipment}",),
        serial=f"W{shipment:07d}.1",
        mask=mask,
        shop="shop",
        account="numbers",
        mode="own-delivery",
    )
    return draw_shipped(request)[0]


def sheet(running: OwnDelivery, people: Sequence[Consignee]) -> Page:
    """The run sheet with these people at its stops, shipment 2 first."""
    stops = [Stop(running.number(shipment), 1, person) for shipment, person in zip((2, 1), people, strict=True)]
    (page,) = draw_shipped(sheet_request("north", stops))
    return page


def leaks(files: dict[str, bytes]) -> list[tuple[str, str]]:
    """Where something personal can be read, plain or as JSON escapes write it."""
    return [
        (name, secret)
        for name, data in files.items()
        for secret in SECRETS
        if secret.encode() in data or json.dumps(secret)[1:-1].encode() in data
    ]


def test_masked_on_the_parcel_whole_on_the_sheet_gone_after_the_run(running: OwnDelivery, tmp_path: Path) -> None:
    """The whole promise: neighbours read nothing on the parcel, the driver finds the door, and afterwards nobody does."""
    for shipment in (1, 2):
        png = running.api.get_bytes(f"/api/v1/shipments/{shipment}/label.png")
        assert not differs(png, label(running, shipment, mask=True))
        assert differs(png, label(running, shipment, mask=False))
    code, out, err = running.cli("runs", "open", "--name", "north", "2", "1")
    assert (code, err) == (0, "")
    assert "run 1 is open with 2 stops" in out
    again = running.cli("runs", "open", "--name", "south", "1", "9")
    assert (again[0], again[2].count("stands on run 1"), again[2].count("no such shipment")) == (1, 1, 1)

    whole = sheet(running, (PEOPLE[1], PEOPLE[0]))
    assert running.cli("runs", "sheet", "1", "-o", str(tmp_path / "run.png"))[::2] == (0, "")
    assert not differs((tmp_path / "run.png").read_bytes(), whole)
    assert running.cli("runs", "sheet", "1", "-o", str(tmp_path / "run.pdf"))[::2] == (0, "")
    document = pypdfium2.PdfDocument(tmp_path / "run.pdf")
    assert len(document) == 1
    drawn = io.BytesIO()
    document[0].render(scale=300 / 72, grayscale=True).to_pil().save(drawn, "PNG")
    document.close()
    assert not differs(drawn.getvalue(), whole)

    shown = json.loads(running.cli("runs", "show", "1", "--json")[1])
    assert [one["uid"] for one in shown["shown_to"]] == [os.geteuid()] * 2
    assert leaks(running.files()) == []

    assert running.cli("runs", "close", "1", "--yes")[::2] == (0, "")
    for name in ("again.pdf", "again.png"):
        code, _, err = running.cli("runs", "sheet", "1", "-o", str(tmp_path / name))
        assert (code, "nobody can draw it again" in err, (tmp_path / name).exists()) == (1, True, False)
    assert running.cli("db", "verify", "--full")[0] == 0
    tail = running.cli("journal", "tail", "-n", "10")[1]
    for words in ("run 1 with 2 stops opened by", "as png", "as pdf", "its sheet is shredded"):
        assert words in tail
    running.stop()
    assert leaks(running.files()) == []
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
    assert running.cli("runs", "sheet", "1", "-o", "x.pdf")[0] == 69
    assert "closed" in running.cli("runs")[1]


@contextlib.contextmanager
def another(uid: int, *gids: int) -> Iterator[None]:
    """Be another user for a while, as the kernel sees it (credentials(7)); root alone can."""
    groups = os.getgroups()
    os.setgroups(gids)
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def test_the_kernel_says_who_asks(running: OwnDelivery, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the socket's group is not yet a dispatcher: who is none gets a reason, and stands in the journal."""
    running.api.post("/api/v1/runs", {"name": "north", "shipments": [1]})
    assert running.api.get_bytes("/api/v1/runs/1/sheet.pdf").startswith(b"%PDF")
    if os.geteuid() != 0:
        # Without root's rights nobody can be somebody else: the role's refusals are proven on the handlers themselves.
        return
    (running.folder / "rt").chmod(0o755)
    (running.folder / "rt" / "api.sock").chmod(0o666)
    running.folder.chmod(0o711)
    monkeypatch.chdir(running.folder)
    api = Api(Path("rt/api.sock"))
    with another(STRANGER):
        assert api.get("/api/v1/runs")["runs"][0]["stops"] == 1
        with pytest.raises(Refused, match=f"user id {STRANGER} is no dispatcher, and may not see the sheet of run 1"):
            api.get_bytes("/api/v1/runs/1/sheet.pdf")
        with pytest.raises(Refused, match="may not close run 1"):
            api.post("/api/v1/runs/1/close")
    with another(STRANGER, grp.getgrnam(GROUP).gr_gid):
        assert api.get_bytes("/api/v1/runs/1/sheet.pdf").startswith(b"%PDF")
        assert api.post("/api/v1/runs/1/close")["state"] == "closed"
    entries = running.api.get("/api/v1/journal", {"limit": 10})["entries"]
    assert [(one["kind"], one["facts"]["uid"]) for one in entries if one["kind"].startswith("run.")] == [
        ("run.opened", 0),
        ("run.shown", 0),
        ("run.refused", STRANGER),
        ("run.refused", STRANGER),
        ("run.shown", STRANGER),
        ("run.closed", STRANGER),
    ]
