"""A carrier's ZPL along the line: bought, drawn, sealed, previewed, encoded anew by a lane, shredded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PIL import Image

from support.readers import zpl as reader
from support.services_house import House
from unit.labels.artwork.zpl_samples import LABEL, LANGUAGES, NUMBER
from unit.services.test_services_lane import VARIANT, WHAT, Inline, Scripted, lane_on, run
from waybilld.core.lifecycle import Work
from waybilld.host.context import Lender
from waybilld.host.drawing import Encoder
from waybilld.host.preview import finding_of, picture
from waybilld.services.fleet import Encoding, Fleet, PoolPrinter, settings_key
from waybilld.services.handlers.render import Render
from waybilld.store import retention, waybills
from waybilld.store.attempts import Device
from waybilld.store.inputs import load_input
from waybilld.store.orderdata import shred
from waybilld.store.queries.shipments import label_page
from waybilld.store.seal import Shredded
from waybilld.store.verify import verify
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Page, PrinterSettings
from waybilld_sdk.printing import AttemptRef, Document, Gate, SubmitResult
from waybilld_sdk.shipping import CommandArtwork, Waybill


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


class NoPlugins:
    """Nobody has a word to say."""

    def each(self, hook: str, /, **given: Any) -> Iterator[tuple[str, Any]]:
        return iter(())


class Collecting(Scripted):
    """A printer that keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[Document] = []

    async def submit(self, document: Document, attempt: AttemptRef, gate: Gate) -> SubmitResult:
        self.documents.append(document)
        return await super().submit(document, attempt, gate)


def bought(house: House, body: bytes) -> None:
    """One order whose carrier sent these commands."""
    house.ingest(1)
    for kind, event in (("check", "checked"), ("allocate", "allocated"), ("route", "routed"), ("release", "released")):
        for job in house.claim(Work(kind)):
            house._step(job, event)
    (job,) = house.claim(Work.BUY)

    def buy(tx: Any) -> None:
        intent = waybills.intend(tx, load_input(tx, job), "test")
        waybills.bought(tx, intent, Waybill(NUMBER, CommandArtwork("zpl", body)), house.policies)

    house.write(buy)


def drawn(house: House, language: str = "zpl") -> None:
    """The render stage does its work for a pool of one printer. Raises what the stage raises."""
    settings = PrinterSettings.of(WHAT)
    encoding = Encoding(language, settings_key(settings), settings, Encoder(LANGUAGES[language]))
    device = Device("p1", "pack", language, encoding.key, VARIANT)
    fleet = Fleet(printers={"p1": PoolPrinter(cast(Any, None), device, WHAT, encoding)})
    lender = cast(Lender, Inline(house.clock))
    stage = Render(house.policies, fleet, NoPlugins(), draw_shipped, lender, house.clock, 30, {})
    (job,) = house.claim(Work.RENDER)
    given = house.write(lambda tx: stage.load_apart(tx, job))
    outcome = house.wait(stage.work(given))
    house.write(outcome)


def stored(house: House) -> Page:
    """What a preview reads."""
    page = label_page(house.disk.runner(), house.seal, 1, None)
    assert page is not None
    return page


def verified(house: House) -> list[str]:
    """What `db verify` finds: folding the journal, and every seal."""
    return [str(found) for found in verify(house.disk.runner(), house.seal, full=True)]


def test_pixels_and_commands_are_kept_and_encoded_anew_by_a_lane(house: House) -> None:
    """A lane that encodes a stored page must not lose the carrier's part: the label would be white where the address is."""
    bought(house, LABEL)
    drawn(house)
    page = stored(house)
    assert page.commands is not None
    ahead = Encoder(LANGUAGES["zpl"])(page, PrinterSettings.of(WHAT))
    house.disk.connection.execute("DELETE FROM document")
    port = Collecting()
    run(house, lane_on(house, port, encoder=Encoder(LANGUAGES["zpl"])))
    assert house.attempt_states() == ["proven"]
    (document,) = port.documents
    assert document == ahead
    _, _, foreign, _ = reader.read_carrier(document.body + document.token)
    assert foreign is not None
    assert ("FV", NUMBER.encode()) in foreign


def test_nothing_of_it_stands_in_the_database_in_clear(house: House) -> None:
    """Commands hold the consignee's name and address, just as pixels do."""
    bought(house, LABEL.replace(b"SAMPLE SHIPPER", b"JANE CANARY"))
    drawn(house)
    commands = stored(house).commands
    assert commands is not None
    assert b"JANE CANARY" in commands.body
    for table in ("page", "blob", "document", "artwork", "journal"):
        for row in house.rows(table):
            assert "JANE CANARY" not in repr(row)
    (row,) = house.rows("page")
    assert row["commands"] == "zpl 0 0 800 1200"
    assert verified(house) == []


def test_shredding_the_order_and_retention_take_both_parts(house: House) -> None:
    """Half of a page that outlives the other half is a name that was promised to be gone, or a label without its carrier."""
    bought(house, LABEL)
    drawn(house)
    private = house.rows("private")[0]["id"]
    house.write(lambda tx: shred(tx, private))
    with pytest.raises(Shredded):
        stored(house)
    assert verified(house) == []
    house.turn(31 * 86400)
    house.write(retention.expire_pages)
    assert house.rows("page")[0]["blob"] is None
    with pytest.raises(Shredded, match="retention"):
        stored(house)


def test_a_pool_that_speaks_another_language_is_held_before_anything_is_printed(house: House) -> None:
    """The packer is told what to change, not handed a label with a hole in it."""
    bought(house, LABEL)
    with pytest.raises(Hold, match="this printer speaks TSPL") as held:
        drawn(house, "tspl")
    assert held.value.code == "artwork-commands"
    assert house.rows("page") == []


def test_a_hostile_label_is_held_with_its_command(house: House) -> None:
    """It stops this parcel, and nothing else."""
    bought(house, LABEL.replace(b"^FX", b"^JUF^FX"))
    with pytest.raises(Hold, match=r"\^JU at byte \d+") as held:
        drawn(house)
    assert held.value.code == "artwork-commands"


def test_the_preview_marks_what_the_printer_draws_and_the_page_does_not(house: House) -> None:
    """A blank preview looks like a broken label; a mark on paper would break it."""
    bought(house, LABEL)
    drawn(house)
    page = stored(house)
    shown = picture(page)
    assert finding_of(shown) == (
        "the hatched part (800 x 1200 dots at 0, 0) is drawn by the printer from the carrier's ZPL: "
        "this preview cannot show it"
    )
    with Image.open(io.BytesIO(shown)) as image, Image.open(io.BytesIO(page.png)) as printed:
        assert (image.mode, image.size) == (printed.mode, printed.size) == ("1", (800, 1200))
        dark = image.convert("L").point(lambda level: 255 - level)
        assert dark.getbbox() == (0, 0, 800, 1200)
        assert 0.05 < sum(dark.histogram()[255:]) / (800 * 1200) < 0.3
        assert printed.convert("L").getextrema() == (255, 255)
