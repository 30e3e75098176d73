"""PDF files written by hand: small, and wrong wherever a test wants them wrong."""

from __future__ import annotations

import zlib
from itertools import groupby

from waybilld_labels.symbols.make import make

MM = 72 / 25.4


def pdf(content: str, media_mm: tuple[float, float], *, page: str = "", pages: int = 1, trailer: str = "") -> bytes:
    """A file of `pages` equal pages with this content stream; `page` is put into each page's dictionary."""
    box = f"[0 0 {media_mm[0] * MM:.4f} {media_mm[1] * MM:.4f}]"
    stream = zlib.compress(content.encode("latin-1"))
    kids = " ".join(f"{4 + at} 0 R" for at in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R %b>>" % trailer.encode(),
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        *[f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Contents 3 0 R{page}>>".encode() for _ in range(pages)],
    ]
    body, starts = b"%PDF-1.7\n", []
    for number, inner in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj%b\nendobj\n" % (number, inner)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    return body + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(body)
    )  # fmt: skip


def box(left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> str:
    """A filled rectangle."""
    return f"{left_mm * MM:.4f} {bottom_mm * MM:.4f} {width_mm * MM:.4f} {height_mm * MM:.4f} re f\n"


def bars(text: str, left_mm: float, bottom_mm: float, module_mm: float, height_mm: float) -> str:
    """Code 128 as vectors."""
    (row,) = make("code128", text).rows
    drawn, at = "", 0
    for ink, run in groupby(row):
        length = len(list(run))
        if ink == ord("1"):
            drawn += box(left_mm + at * module_mm, bottom_mm, length * module_mm, height_mm)
        at += length
    return drawn
