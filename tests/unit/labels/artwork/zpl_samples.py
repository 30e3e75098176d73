"""A carrier's label in ZPL, made like those of large carriers, and short ways to have it drawn."""

from __future__ import annotations

import io
from dataclasses import replace

import zplkit
from PIL import Image

from unit.labels.label_samples import CHINESE
from waybilld_labels.plugin import plugin
from waybilld_labels.renderer import draw_shipped
from waybilld_sdk.labels import LabelRequest, LanguageSpec, Page, PrinterSettings
from waybilld_sdk.shipping import CommandArtwork

NUMBER = "1Z00000E0200000000"
LABEL = (
    b"^XA^LRN^MNY^MFN,N^LH10,12^MCY^POI^PW800^LL1200^CI27\r\n"
    b"^FX SHIPPER AND RECIPIENT\r\n"
    b"^FO20,30^A0N,28,32^FVSAMPLE SHIPPER^FS\r\n"
    b"^FO20,60^AdN,18,10^FB400,2,0,L^FH^FDLine one _26 two\\&three^FS\r\n"
    b"^FT20,400^A0N,60,60^FVCA 940 9-01^FS^FO20,120^GB760,3,3^FS\r\n"
    b"^BY3^FO60,500^BCN,200,N,N,,A^FV" + NUMBER.encode() + b"^FS\r\n"
    b"^FO500,160^BXN,6,200^FDDATA MATRIX^FS^FO300,160^BQN,2,5^FDQA,QR CODE^FS\r\n"
    b"^FO700,40^GFA,8,8,2,FFFF8001:FFFF^FS^FO650,40^GFB,4,4,1,^XZ~^FS\r\n"
    b"^CF0,30^BY4^FWR^CI13^LH99,99^LRY^PQ1,0,1,Y^XZ\r\n"
)
"""Everything that such labels do: a home position, reversed feed, several fonts and codes, a counted picture whose bytes
look like commands, and settings that are left set."""

LANGUAGES: dict[str, LanguageSpec] = {spec.name: spec for spec in plugin.waybilld_register_languages()}


def asked(body: bytes = LABEL, media_mm: tuple[float, float] = (100.0, 150.0), dots_per_mm: float = 8.0) -> LabelRequest:
    """A request for a waybill that the carrier drew."""
    return replace(CHINESE, artwork=CommandArtwork("zpl", body), media_mm=media_mm, dots_per_mm=dots_per_mm, sort_codes=())


def page(body: bytes = LABEL, media_mm: tuple[float, float] = (100.0, 150.0)) -> Page:
    """Its page, by the shipped templates."""
    (made,) = draw_shipped(asked(body, media_mm))
    return made


def document(made: Page, language: str = "zpl") -> bytes:
    """A page as bytes for a printer that says nothing of its own."""
    encoded = LANGUAGES[language].encode(made, PrinterSettings(8.0, (made.width / 8, made.height / 8)))
    return encoded.body + encoded.token


def seen(made: Page, language: str = "zpl") -> Image.Image:
    """What an independent printer makes of the document less our preamble: one label, no complaint but for its fonts."""
    rest = document(made, language).split(b"\n", 1)[1]
    drawn = zplkit.render(b"^XA" + rest, options=zplkit.Options(width=made.width, height=made.height, dpi=203))
    assert all("Resident fonts" in str(warning) for warning in drawn.warnings)
    (label,) = drawn.labels
    with Image.open(io.BytesIO(label.png())) as image:
        return image.convert("L")
