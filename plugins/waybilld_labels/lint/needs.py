"""What every waybill of ours must show, whatever else its template says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waybilld_labels.layout.engine import Drawn
from waybilld_labels.layout.report import DrawnSymbol
from waybilld_sdk.labels import Finding, LabelRequest


def lacking(request: LabelRequest, pages: Sequence[Drawn], shown: frozenset[str]) -> Iterator[Finding]:
    """What a drawn waybill lacks. `shown` are the first names of the fields that stand on it as words."""
    symbols = [symbol for page in pages for symbol in page.report.symbols]
    if not _carried(symbols, request.waybill_number):
        yield Finding("no-number-barcode", 'no bar code holds the waybill number: add a cell `barcode: "{{ number }}"`')
    if not _carried(symbols, request.serial):
        yield Finding(
            "no-serial-barcode",
            'no bar code holds the print serial: add a cell `barcode: "{{ serial }}"` with `symbology: qr`',
        )
    if "consignee" not in shown:
        yield Finding(
            "no-consignee", "nothing of the consignee is shown: add a text cell with {{ consignee.name }} and address"
        )


def unmarked(first: Sequence[Drawn], copy: Sequence[Drawn]) -> Iterator[Finding]:
    """That a copy looks just like the first print, where it does."""
    if [page.rows for page in first] == [page.rows for page in copy]:
        yield Finding(
            "copy-unmarked",
            "a copy looks just like the first print: add `{include: copy-mark, when: copy > 1, height: 10}`",
        )


def _carried(symbols: Sequence[DrawnSymbol], data: str) -> bool:
    return not data or any(data in symbol.data for symbol in symbols)
