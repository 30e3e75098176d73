"""Carriers' labels as an enemy would make them: files of a few kilobytes that want gigabytes, minutes or a crash.

Each is made when it is asked for. Sources: ISO 32000-1 for PDF, the PNG specification (third edition), ITU-T T.81 for JPEG.
"""

from __future__ import annotations

import enum
import io
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PIL import Image, PngImagePlugin

from unit.labels.artwork.pdf_maker import box, file_of, pdf
from waybilld_sdk.shipping import DocumentArtwork

MEDIA = (100.0, 150.0)
GOOD = pdf(box(0, 0, 100, 1) + box(10, 10, 50, 20), MEDIA)
"""An honest label."""


class Ends(enum.StrEnum):
    """How drawing a file must end."""

    REFUSED = "refused"
    """It is read, and refused for what it is."""
    KILLED = "killed"
    """It takes all time or memory there is, and its worker with it."""
    ANYHOW = "anyhow"
    """What is hostile in it is never looked at, or bounded: a label or a refusal, in time."""


@dataclass(frozen=True)
class HostileFile:
    """One file; `ends` says how drawing it must end."""

    name: str
    kind: str
    make: Callable[[], bytes]
    ends: Ends = Ends.REFUSED

    def artwork(self) -> DocumentArtwork:
        """As a carrier would send it."""
        kinds = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg"}
        return DocumentArtwork(kinds[self.kind], self.make())  # type: ignore[arg-type]


def stream(data: bytes, entries: str = "", *, times: int = 1) -> bytes:
    """A compressed stream object; compressed `times` times over."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = "/FlateDecode" * times
    return b"<</Filter[%b]/Length %d%b>>stream\n%b\nendstream" % (filters.encode(), len(data), entries.encode(), data)


def page(content: bytes, *more: bytes, box: str = "0 0 283.46 425.2", entries: str = "", count: int = 1) -> bytes:
    """A file of one page; `more` are the objects from number 5 on."""
    kept = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R{entries}>>"
    return file_of(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count, kept.encode(), content, *more]
    )


def _zeros(size: int) -> bytes:
    """A zlib stream of so many zero bytes: one block of 16 MiB said again and again (RFC 1950 and 1951)."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size & 0xFFFFFF)) + packer.flush()
    return b"\x78\xda" + block * (size >> 24) + rest + struct.pack(">HH", size % 65521, 1)


def _raw(data: bytes, entries: str) -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries.encode(), data)


def _page_tree() -> bytes:
    """Ten levels of ten kids that are all the same: ten thousand million pages in a kilobyte."""
    nodes = [f"<</Type/Pages/Kids[{f'{at + 1} 0 R ' * 10}]/Count {10 ** (12 - at)}>>".encode() for at in range(2, 12)]
    return file_of([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, b"<</Type/Page/Parent 11 0 R/MediaBox[0 0 283 425]>>"])


def _laughs(levels: int) -> bytes:
    """Forms that draw forms, ten each."""
    forms = []
    for at in range(levels):
        last = at == levels - 1
        names = "" if last else f"/Resources<</XObject<</X {6 + at} 0 R>>>>"
        content = b"0 0 99 99 re f " if last else b"/X Do " * 10
        forms.append(stream(content, f"/Type/XObject/Subtype/Form/BBox[0 0 283 425]{names}"))
    return page(stream(b"/X Do"), *forms, entries="/Resources<</XObject<</X 5 0 R>>>>")


def _self_form() -> bytes:
    form = stream(b"/X Do", "/Type/XObject/Subtype/Form/BBox[0 0 283 425]/Resources<</XObject<</X 5 0 R>>>>")
    return page(stream(b"/X Do"), form, entries="/Resources<</XObject<</X 5 0 R>>>>")


def _big_image(side: int, entries: str = "/ColorSpace/DeviceGray/BitsPerComponent 1", size: int | None = None) -> bytes:
    data = _zeros(side * side // 8 if size is None else size)
    image = _raw(data, f"/Filter/FlateDecode/Type/XObject/Subtype/Image/Width {side}/Height {side}{entries}")
    return page(stream(b"283 0 0 425 0 0 cm /X Do"), image, entries="/Resources<</XObject<</X 5 0 R>>>>")


def _tiles() -> bytes:
    """A pattern repeated every thousandth of a point, a hundred thousand million times."""
    pattern = stream(
        b"0 0 .0005 .0005 re f",
        "/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .001/YStep .001/Resources<<>>",
    )
    content = stream(b"/Pattern cs /P scn 0 0 283 425 re f")
    return page(content, pattern, entries="/Resources<</Pattern<</P 5 0 R>>>>")


def _type3() -> bytes:
    font = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>/FirstChar 97" \
        b"/LastChar 97/Widths[9]/Encoding<</Differences[97/a]>>/Resources<</Font<</F 5 0 R>>>>>>"  # fmt: skip
    glyph = stream(b"9 0 d0 BT /F 1 Tf (aaaaaaaa) Tj ET")
    return page(stream(b"BT /F 9 Tf (aaaa) Tj ET"), font, glyph, entries="/Resources<</Font<</F 5 0 R>>>>")


def _soft_mask() -> bytes:
    group = "/Type/XObject/Subtype/Form/BBox[0 0 283 425]/Group<</S/Transparency>>/Resources<</ExtGState<</G 6 0 R>>>>"
    form = stream(b"/G gs 0 0 99 99 re f", group)
    state = b"<</Type/ExtGState/SMask<</S/Luminosity/G 5 0 R>>>>"
    return page(stream(b"/G gs 0 0 283 425 re f"), form, state, entries="/Resources<</ExtGState<</G 6 0 R>>>>")


def _groups() -> bytes:
    """Transparency groups in each other, each with a picture of the whole page of its own."""
    form = "/Type/XObject/Subtype/Form/BBox[0 0 2830 4250]/Group<</S/Transparency/I true/K true>>"
    forms = [
        stream(b"/G gs /X Do " * 4, f"{form}/Resources<</XObject<</X {6 + at} 0 R>>/ExtGState<</G<</ca .5>>>>>>")
        for at in range(12)
    ]
    last = stream(b"0 0 99 99 re f", form)
    return page(stream(b"/X Do"), *forms, last, entries="/Resources<</XObject<</X 5 0 R>>>>")


def _xref_loop() -> bytes:
    at = GOOD.rindex(b"xref\n0")
    return GOOD.replace(b"trailer<<", b"trailer<</Prev %d" % at)


def _locked() -> bytes:
    return GOOD.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2/O(" + b"o" * 32 + b")/U(" + b"u" * 32
                        + b")/P -4>>/ID[(a)(b)]")  # fmt: skip


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, *, bits: int = 1, colour: int = 0, more: Iterable[bytes] = ()) -> bytes:
    """A PNG with this compressed picture data; `more` are chunks before it."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _label(form: str = "PNG", **options: object) -> bytes:
    image = Image.new("L", (800, 1200), 255)
    image.paste(0, (100, 100, 300, 300))
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _frames() -> bytes:
    frames = [Image.new("L", (800, 1200), 255 - at) for at in range(60)]
    return _label(save_all=True, append_images=frames)


def _long_text() -> bytes:
    said = PngImagePlugin.PngInfo()
    for at in range(60):
        said.add_text(f"k{at}", "x" * 1_000_000, zip=True)
    return _label(pnginfo=said)


def _jpeg_sized(width: int, height: int) -> bytes:
    """A JPEG whose frame header says another size."""
    body = bytearray(_label("JPEG"))
    at = body.index(b"\xff\xc0")
    body[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(body)


def _scans() -> bytes:
    """A progressive JPEG of 39 million dots whose last scan comes a thousand times."""
    image = Image.new("L", (6200, 6200), 255)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", progressive=True, quality=50)
    body = buffer.getvalue()
    last = body.rindex(b"\xff\xda")
    return body[:-2] + body[last:-2] * min(1000, (9 << 20) // (len(body) - last)) + body[-2:]


REFUSED, KILLED, ANYHOW = Ends
SQUARE = stream(b"0 0 9 9 re f")

HOSTILE_FILES: tuple[HostileFile, ...] = (
    HostileFile("nothing", "pdf", bytes),
    HostileFile("half", "pdf", lambda: GOOD[: len(GOOD) // 2]),
    HostileFile("page of errors", "pdf", lambda: b"<html>Sorry, an error occurred</html>"),
    HostileFile("picture as pdf", "pdf", _label),
    HostileFile("locked", "pdf", _locked),
    HostileFile("million pages", "pdf", lambda: page(stream(b""), count=1_000_000)),
    HostileFile("page tree", "pdf", _page_tree),
    HostileFile("tree in a ring", "pdf", lambda: GOOD.replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]")),
    HostileFile("huge page", "pdf", lambda: page(SQUARE, box="0 0 1000000000 1000000000")),
    HostileFile("huge unit", "pdf", lambda: page(SQUARE, entries="/UserUnit 75000")),
    HostileFile("no numbers", "pdf", lambda: page(SQUARE, box="0 0 1e400 nan")),
    HostileFile("empty page", "pdf", lambda: page(SQUARE, box="5 5 5 5")),
    HostileFile("ring of tables", "pdf", _xref_loop, ANYHOW),
    HostileFile("nested arrays", "pdf", lambda: page(SQUARE, b"[" * 1_000_000), ANYHOW),
    HostileFile("nested in the page", "pdf", lambda: page(SQUARE, entries="/A " + "[" * 400_000), ANYHOW),
    HostileFile("nested dictionaries", "pdf", lambda: page(SQUARE, entries="/A<<" * 200_000), ANYHOW),
    HostileFile("nested content", "pdf", lambda: page(stream(b"[" * 3_000_000 + b"0 0 9 9 re f")), ANYHOW),
    HostileFile("form in itself", "pdf", _self_form, ANYHOW),
    HostileFile("forms of forms", "pdf", partial(_laughs, 11), KILLED),
    HostileFile("tiles", "pdf", _tiles, KILLED),
    HostileFile("dashes", "pdf", lambda: page(stream(b"[.00001] 0 d 1 w 0 0 m 283 425 l S\n" * 400)), ANYHOW),
    HostileFile("font in itself", "pdf", _type3, ANYHOW),
    HostileFile("mask in itself", "pdf", _soft_mask, ANYHOW),
    HostileFile("groups", "pdf", _groups, KILLED),
    HostileFile("content of four gigabytes", "pdf", lambda: page(_raw(_zeros(4 << 30), "/Filter/FlateDecode")), KILLED),
    HostileFile("content packed twice", "pdf", lambda: page(
        _raw(zlib.compress(_zeros(8 << 30), 9), "/Filter[/FlateDecode/FlateDecode]")), KILLED),
    HostileFile("picture of 400 million dots", "pdf", partial(_big_image, 20_000), ANYHOW),
    HostileFile("picture that promises more", "pdf", partial(_big_image, 30_000, size=1000), ANYHOW),
    HostileFile("stream that promises more", "pdf", lambda: GOOD.replace(b"/Length ", b"/Length 99999999"), ANYHOW),
    HostileFile("bomb", "png", lambda: png(30_000, 30_000, _zeros(30_000 * 3751))),
    HostileFile("largest sides", "png", lambda: png(0x7FFFFFFF, 0x7FFFFFFF, _zeros(1000))),
    HostileFile("no sides", "png", lambda: png(0, 0, b"")),
    HostileFile("wrong sums", "png", lambda: _label().replace(b"IHDR", b"IHDr")),
    HostileFile("cut", "png", lambda: _label()[:200]),
    HostileFile("deep colours", "png", lambda: png(4000, 4000, _zeros(4000 * (4000 * 8 + 1)), bits=16, colour=6)),
    HostileFile("data without end", "png", lambda: png(800, 1200, _zeros(1 << 30)), ANYHOW),
    HostileFile("text bomb", "png", lambda: png(800, 1200, _zeros(101 * 1200), more=[
        chunk(b"zTXt", b"a\0\0" + _zeros(1 << 30))]), ANYHOW),
    HostileFile("profile bomb", "png", lambda: png(800, 1200, _zeros(101 * 1200), more=[
        chunk(b"iCCP", b"a\0\0" + _zeros(1 << 30))]), ANYHOW),
    HostileFile("long texts", "png", _long_text, ANYHOW),
    HostileFile("film", "png", _frames, ANYHOW),
    HostileFile("largest sides", "jpeg", partial(_jpeg_sized, 65_535, 65_535)),
    HostileFile("more than is there", "jpeg", partial(_jpeg_sized, 6000, 6000)),
    HostileFile("cut", "jpeg", lambda: _label("JPEG")[:400]),
    HostileFile("thousand scans", "jpeg", _scans, KILLED),
    HostileFile("profile without end", "jpeg", lambda: _label("JPEG", icc_profile=b"x" * 4_000_000), ANYHOW),
)  # fmt: skip
"""At least one file for each way that is known to us."""

HOG = HostileFile("nested states", "pdf", lambda: page(stream(b"q " * 20_000_000)), KILLED)
"""Eats two gigabytes in a second or two."""
