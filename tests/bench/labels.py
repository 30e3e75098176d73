"""Milliseconds from the fields of a label to a printer's bytes, beside the plain way and beside zebrafy, in one run.

The plain way is what one writes first: Pillow's `text` for each line, zint's bar codes pasted, zlib at level 6, Base64. The
label is the same: the shipped 100 x 150 mm waybill with fifteen lines of Chinese text, a Code 128 and a QR code.
"""

from __future__ import annotations

import base64
import binascii
import io
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from unit.labels.artwork.pdf_maker import bars, box, pdf
from waybilld_labels.artwork.draw import draw_artwork
from waybilld_labels.artwork.modules import Remedy
from waybilld_labels.artwork.source import CARRIER
from waybilld_labels.fonts.faces import FACE_SC, Weight, face
from waybilld_labels.languages import pdf as pdf_language
from waybilld_labels.languages import zpl
from waybilld_labels.renderer import draw_shipped
from waybilld_labels.symbols.make import make, stencil
from waybilld_sdk.labels import LabelLine, LabelRequest, PrinterSettings
from waybilld_sdk.orders import Consignee
from waybilld_sdk.shipping import DocumentArtwork, Sender

SAMPLE = LabelRequest(
    kind="waybill",
    dots_per_mm=8.0,
    media_mm=(100.0, 150.0),
    carrier="示例速运",
    service="标准快递",
    waybill_number="SF1234567890123",
    sort_codes=("755WF-012", "37", "B2"),
    consignee=Consignee(
        "欧阳小明",
        "13812345678",
        "CN",
        "广东省",
        "深圳市",
        "南山区",
        "示范街道科技园高新南七道18号创业大厦3单元502室",
        "518000",
    ),
    sender=Sender("示例旗舰店", "0571-88886666", "浙江省杭州市西湖区示范路478号3层发货仓", "CN", "310012"),
    lines=tuple(LabelLine(f"SKU-{at}-BLK", f"纯棉圆领短袖T恤 黑色 {at} 号", at) for at in range(1, 6)),
    order_refs=("2874659102837465",),
    serial="W0000042.1",
    sequence="42 / 200",
    buyer_message="请放在门口快递柜，谢谢",
)
_ROUNDS = 200


def run(rounds: int = _ROUNDS) -> dict[str, dict[str, float]]:
    """Median ms of each step; `times_plain` is the plain way's render and encode over ours."""
    found = {**_resolution("203 dpi", 8.0, rounds), **_resolution("300 dpi", 11.8, rounds)}
    return {**found, "a new worker": _cold()}


def _resolution(name: str, dots: float, rounds: int) -> dict[str, dict[str, float]]:
    request = replace(SAMPLE, dots_per_mm=dots)
    settings = PrinterSettings(dots, request.media_mm)
    numbers = range(2 * rounds + 2)
    labels = iter([replace(request, serial=f"W{at:07d}.1", waybill_number=f"SF{at:013d}") for at in numbers])
    page, plain_page = draw_shipped(next(labels))[0], _plain_page(request)
    plain = {
        "render_ms": _median(lambda: _plain_page(request), rounds),
        "encode_ms": _median(lambda: _z64(plain_page), rounds),
    }
    render = _median(lambda: draw_shipped(next(labels)), rounds)
    both = _median(lambda: zpl.encode(draw_shipped(next(labels))[0], settings), rounds)
    strange = iter([replace(request, serial=f"X{at:07d}.1", lines=_goods(at)) for at in range(rounds)])
    new_goods = _median(lambda: zpl.encode(draw_shipped(next(strange))[0], settings), rounds)
    document = pdf_language.encode(page, settings)
    picture_pdf = document.body + document.token
    return {
        f"{name}, plain": {**plain, "both_ms": sum(plain.values()), "bytes": float(len(_z64(plain_page)))},
        f"{name}, zebrafy from PNG": {"encode_ms": _median(lambda: _zebrafy(page.png), max(20, rounds // 4))},
        f"{name}, waybilld": {
            "render_ms": render,
            "encode_ms": max(0.0, both - render),
            "both_ms": both,
            "bytes": float(len(zpl.encode(page, settings).body)),
            "times_plain": sum(plain.values()) / both,
        },
        f"{name}, waybilld, goods never seen before": {"both_ms": new_goods, "times_plain": sum(plain.values()) / new_goods},
        f"{name}, carrier's PDF, vector": {"both_ms": _artwork(_vector(), dots, settings, rounds // 4)},
        f"{name}, carrier's PDF, picture": {"both_ms": _artwork(picture_pdf, dots, settings, rounds // 4)},
    }


def _goods(number: int) -> tuple[LabelLine, ...]:
    """Five lines that no label before had."""
    return tuple(LabelLine(f"SKU-{number}-{at}", f"纯棉圆领短袖T恤 黑色 {number}-{at} 号", at) for at in range(1, 6))


def _median(step: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.process_time()
        step()
        took.append(time.process_time() - began)
    return statistics.median(took) * 1000


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(face(Weight.REGULAR).path), size, index=FACE_SC)


def _plain_page(request: LabelRequest) -> Image.Image:
    """Fifteen lines, a Code 128 and a QR code, each drawn when its turn comes."""
    dots = request.dots_per_mm
    image = Image.new("1", tuple(round(mm * dots) for mm in request.media_mm), 1)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    who = request.consignee
    texts = [
        (8.0, request.carrier), (5.6, request.service), (11.0, "   ".join(request.sort_codes)), (5.0, "SF 1234 5678 90123"),
        (6.4, f"{who.name}  {who.phone}"), (5.0, who.province + who.city + who.district), (5.0, who.street),
        (2.9, f"{request.sender.name} {request.sender.phone}"), (2.7, request.sender.address),
        *[(3.1, f"{line.sku}  {line.title}  ×{line.quantity}") for line in request.lines],
        (2.7, f"留言 NOTE: {request.buyer_message}"),
    ]  # fmt: skip
    top = 2 * dots
    for size, text in texts:
        pen.text((3 * dots, top), text, fill=0, font=_font(round(size * dots)))
        top += size * dots * 1.2
    for symbology, data, at in (("code128", request.waybill_number, 100), ("qr", request.serial, 120)):
        symbol = make.__wrapped__(symbology, data)
        image.paste(0, (round(20 * dots), round(at * dots)), stencil(symbol, round(dots / 2), round(15 * dots)).picture())
    return image


def _z64(image: Image.Image) -> bytes:
    """The whole page as one `^GF`, zlib at its default level."""
    packed = image.tobytes("raw", "1;I")
    text = base64.b64encode(zlib.compress(packed, 6))
    stride = -(-image.width // 8)
    head = b"^XA^FO0,0^GFA,%d,%d,%d,:Z64:" % (len(packed), len(packed), stride)
    return head + text + b":%04X^FS^XZ" % binascii.crc_hqx(text, 0)


def _zebrafy(png: bytes) -> str:
    from zebrafy import ZebrafyImage

    with Image.open(io.BytesIO(png)) as image:
        return str(ZebrafyImage(image, format="Z64").to_zpl())


def _vector() -> bytes:
    lines = "".join(box(5, 20 + 3 * at, 60 - at, 1.5) for at in range(20))
    return pdf(lines + bars("SF1234567890123", 15, 110, 0.375, 20), (100, 150))


def _artwork(body: bytes, dots: float, settings: PrinterSettings, rounds: int) -> float:
    artwork = DocumentArtwork("application/pdf", body)
    room = (round(100 * dots), round(150 * dots))
    draw_artwork(artwork, room, dots, Remedy.WARN, CARRIER)
    request = replace(SAMPLE, dots_per_mm=dots, artwork=artwork)
    return _median(lambda: zpl.encode(draw_shipped(request)[0], settings), max(10, rounds))


_PROBE = """
import re, sys, time
began = time.perf_counter()
from bench.labels import SAMPLE
from dataclasses import replace
from waybilld_labels.renderer import draw_shipped
draw_shipped(SAMPLE)
print(time.perf_counter() - began)
for at in range(1000):
    draw_shipped(replace(SAMPLE, serial=f"W{at:07d}.1", waybill_number=f"SF{at:013d}"))
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""


def _cold() -> dict[str, float]:
    """Seconds to the first label in a new process, imports and templates included, and its memory after a thousand."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    seconds, megabytes = done.stdout.split()
    return {"first_label_s": float(seconds), "memory_mb": float(megabytes)}
