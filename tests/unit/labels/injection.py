"""Hostile text through templates and encoders: what both `make test` and the campaign do, with other counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from support import epl2_plugin
from support.hostile import Hostile
from support.readers import zpl
from support.readers.every import READERS, png
from unit.labels.label_samples import CHINESE
from waybilld_labels.layout.engine import Paper
from waybilld_labels.lint.readback import unread
from waybilld_labels.page.png import packed
from waybilld_labels.plugin import plugin
from waybilld_labels.renderer import engine_of, shipped
from waybilld_labels.template.fields import fields_of
from waybilld_sdk.errors import Hold
from waybilld_sdk.labels import Encode, LabelLine, LabelRequest, Page, PrinterSettings
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import Sender

ENCODERS: dict[str, Encode] = {
    spec.name: spec.encode for one in (plugin, epl2_plugin.plugin) for spec in one.waybilld_register_languages()
}
TEMPLATES = tuple(info.name for info in shipped().templates() if not info.for_artwork)
HOLDS = {"label-overflow", "barcode-unprintable", "barcode-too-wide", "template-expression"}
DOTS_PER_MM = 6.0
"""The coarsest printers: less to read back, and the least room for symbols."""
SETTINGS = PrinterSettings(DOTS_PER_MM, (76.0, 130.0))


@dataclass
class Report:
    """What came of it: labels, and holds by code; `unread` names symbols that did not read back."""

    labels: int = 0
    documents: int = 0
    read_back: int = 0
    holds: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Count another run in."""
        self.labels += other.labels
        self.documents += other.documents
        self.read_back += other.read_back
        self.holds.update(other.holds)
        self.unread += other.unread


def everywhere(text: str, template: str) -> LabelRequest:
    """A request for a template with the text in every field that is free text."""
    ready = shipped().library.templates[template]
    return replace(
        CHINESE,
        template=template,
        kind=ready.kind,
        dots_per_mm=DOTS_PER_MM,
        media_mm=ready.media_mm,
        carrier=text,
        service=text,
        sort_codes=(text,),
        consignee=Consignee(text, text, text, text, text, text, text, text),
        sender=Sender(text, text, text, text, text),
        lines=(LabelLine(text, text, 1, text, text), LabelLine(text, text, -1)),
        order_refs=(text, text),
        sequence=text,
        buyer_message=text,
        shop=text,
        account=text,
        mode=text,
        batch=text,
        texts=(("return-policy", text),),
    )


def symbols_only(text: str) -> Iterator[LabelRequest]:
    """Requests with the text as the data of each bar code."""
    for name in ("waybill_number", "serial"):
        yield replace(CHINESE, dots_per_mm=DOTS_PER_MM, template="waybill-76x130", media_mm=(76.0, 130.0), **{name: text})  # type: ignore[arg-type]


def page_or_hold(request: LabelRequest, report: Report) -> tuple[Page, ...]:
    """The pages, or nothing where it was held with a reason that a person can act on."""
    try:
        pages = shipped()(request)
    except Hold as held:
        assert held.code in HOLDS, held
        assert len(str(held)) > 40
        report.holds[held.code] += 1
        return ()
    report.labels += 1
    return pages


def through(page: Page, language: str, report: Report) -> None:
    """Encode and read back: no byte but what such a document may hold, and our pixels."""
    document = ENCODERS[language](page, SETTINGS)
    assert READERS[language](document.body + document.token, page, SETTINGS) == png(page.png)
    report.documents += 1


def commands_only(page: Page, report: Report) -> None:
    """Encode as ZPL and ask of the bytes only that they are commands of a label, each in its place."""
    document = ENCODERS["zpl"](page, SETTINGS)
    control, commands = zpl.tokens(document.body + document.token)
    names = [name for name, _ in commands]
    assert control == ""
    assert names == [*zpl.FRAME, *["FO", "GF", "FS"] * names.count("GF"), "XZ"]
    report.documents += 1


def scanned(request: LabelRequest, page: Page, report: Report) -> None:
    """Every symbol of the page reads back as it was meant."""
    engine = engine_of(shipped().library.templates[request.template])
    drawn = engine.draw(Paper(request.media_mm, request.dots_per_mm), fields_of(request, engine.compiled.names))[0]
    names = unread(packed(page), page.width, page.height, drawn.report.symbols)
    report.read_back += len(drawn.report.symbols)
    report.unread += names


def run(strings: tuple[Hostile, ...], languages: tuple[str, ...], templates: tuple[str, ...], read_every: int) -> Report:
    """Each string in each template through each language; one page in `read_every` is scanned."""
    report, turn = Report(), 0
    for hostile in strings:
        requests = [everywhere(hostile.text, template) for template in templates]
        requests += symbols_only(hostile.text)
        for request in requests:
            for page in page_or_hold(request, report)[:1]:
                for language in languages:
                    through(page, language, report)
                turn += 1
                if turn % read_every == 0:
                    scanned(request, page, report)
    return report
