"""What the configuration file may hold. Field descriptions become `docs/reference/config.md`."""

from __future__ import annotations

import difflib
import enum
import ipaddress
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from waybilld.config.people import numbers_of
from waybilld.core import sheetfiles
from waybilld.core.policy import DEFAULT_MODE, OWN_DELIVERY, Mask
from waybilld.core.rolls import DEFAULT_GAP_MM
from waybilld.core.unconfirmed import Unconfirmed
from waybilld_sdk.settings import Settings

SOCKET_NAME = "api.sock"
"""File name of the API's Unix socket inside the runtime folder."""

_NAME = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_NAME_CHARACTERS = 40
_SUN_PATH_BYTES = 108
"""Size of `sun_path` on Linux, the closing NUL included (unix(7))."""


def _checked_name(value: str) -> str:
    if len(value) > _NAME_CHARACTERS or not re.fullmatch(_NAME, value):
        raise ValueError("a name is ASCII letters and digits with single hyphens between them, at most 40 characters")
    return value


def _checked_adapter(value: str) -> str:
    plugin, slash, adapter = value.partition("/")
    try:
        _checked_name(plugin)
        if slash:
            _checked_name(adapter)
    except ValueError as problem:
        raise ValueError("an adapter is written 'plugin' or 'plugin/adapter'; each part is a name") from problem
    if slash and plugin == adapter:
        raise ValueError(f"write '{plugin}' alone: it already means the adapter {plugin} of the plugin {plugin}")
    return value


def _checked_system_name(value: str) -> str:
    if not numbers_of(value):
        raise ValueError(
            "no user and no group of this system has that name: correct it, or make one with adduser or addgroup"
        )
    return value


def _checked_country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError("a country is its two-letter ISO 3166-1 code in capitals, such as CN")
    return value


def _checked_path(what: str) -> Callable[[object], object]:
    def checked(value: object) -> object:
        if isinstance(value, str) and (not value or value.startswith("~") or "\0" in value):
            raise ValueError(f"must be a {what}'s path, absolute or relative to this file; '~' is not expanded")
        return value

    return checked


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of a `listen` value: `127.0.0.1:8631`, `[::1]:8631`, `localhost:8631`.

    Raises `ValueError` with a sentence for a person.
    """
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+)):([0-9]{1,5})", text, re.ASCII)
    if match is None:
        raise ValueError("must be host:port, such as 127.0.0.1:8631 or [::1]:8631")
    host, port = match[1] or match[2], int(match[3])
    if host != "localhost":
        try:
            ipaddress.IPv6Address(host) if match[1] else ipaddress.IPv4Address(host)
        except ValueError as problem:
            raise ValueError("the host must be an IP address of this machine, or localhost") from problem
    if port > 65535:
        raise ValueError("the port must be 0 to 65535; 0 lets the system choose a free one")
    return host, port


def _checked_listen(value: str) -> str:
    listen_address(value)
    return value


def socket_path(runtime: Path) -> Path:
    """Where the API's Unix socket stands. Raises `ValueError` when the kernel could not take so long a path."""
    path = runtime / SOCKET_NAME
    room = _SUN_PATH_BYTES - 1
    if len(os.fsencode(path)) > room:
        raise ValueError(f"the socket {SOCKET_NAME} inside would have a path of more than {room} bytes: shorten it")
    return path


Name = Annotated[
    str,
    AfterValidator(_checked_name),
    Field(json_schema_extra={"pattern": f"^{_NAME}$", "maxLength": _NAME_CHARACTERS}),
]
AdapterName = Annotated[
    str, AfterValidator(_checked_adapter), Field(json_schema_extra={"pattern": f"^{_NAME}(?:/{_NAME})?$"})
]
SystemName = Annotated[str, AfterValidator(_checked_system_name)]
Country = Annotated[str, AfterValidator(_checked_country), Field(json_schema_extra={"pattern": "^[A-Z]{2}$"})]
Folder = Annotated[Path, BeforeValidator(_checked_path("folder"))]
Listen = Annotated[str, AfterValidator(_checked_listen)]
Text = Annotated[str, Field(min_length=1)]


class ConfirmAt(enum.StrEnum):
    """The moment at which a shop's marketplace is told that the parcel is on its way."""

    PRINTED = "printed"
    VERIFIED = "verified"
    HANDED_OVER = "handed-over"
    NEVER = "never"


class Release(enum.StrEnum):
    """Who releases a planned shipment: the daemon at once, or a person."""

    AUTO = "auto"
    MANUAL = "manual"


class Instance(Settings):
    """What shops, carriers and printers have in common."""

    name: Name = Field(description="Name of this instance, unique in its list; never change it once it was used.")
    adapter: AdapterName = Field(
        description="`files` is the adapter *files* of the plugin *files*, `acme/express` the *express* of *acme*."
    )
    settings: SerializeAsAny[Settings] = Field(default=Settings(), description="The adapter's own settings.")


def _checked_sheet(path: Path) -> Path:
    wrong = sheetfiles.unknown_placeholders(str(path))
    if wrong:
        raise ValueError(f"knows {{order}} alone, and not {', '.join(wrong)}")
    if sheetfiles.has_stray_brace(str(path)):
        raise ValueError("has a brace without its partner: write {order}, or rename the file")
    if path.suffix.lower() not in sheetfiles.MEDIA_TYPES:
        raise ValueError("must end in .pdf, .png, .jpg or .jpeg")
    return path


class PrintItem(Settings):
    """One thing that is printed for an order."""

    label: Literal["waybill", "slip", "form", "card", "invoice"] = Field(
        description="What it is: a template of this kind draws it, or, for `card` and `invoice`, a file holds it."
    )
    pool: Name | None = Field(default=None, description="Name of the pool that prints it; else the shop's pool.")
    file: Annotated[Path, BeforeValidator(_checked_path("file")), AfterValidator(_checked_sheet)] | None = Field(
        default=None,
        description="PDF, PNG or JPEG of a `card` or `invoice`; `{order}` in its name stands for the order's number, and an "
        "invoice must have it. A relative path starts at the folder of the configuration file.",
    )

    @field_validator("file")
    @classmethod
    def _own_invoice(cls, file: Path | None, others: ValidationInfo) -> Path | None:
        if others.data.get("label") == "invoice" and file is not None and not sheetfiles.per_order(str(file)):
            raise ValueError(
                "would put one invoice into every parcel: name it by its order, as in invoices/{order}.pdf; what is the "
                "same for all orders is a card"
            )
        return file

    @model_validator(mode="after")
    def _filed(self) -> Self:
        from_file = self.label in {"card", "invoice"}
        if from_file and self.file is None:
            raise ValueError(f"a {self.label} comes from a file: name it, as in file: {self.label}s/{{order}}.pdf")
        if self.file is not None and not from_file:
            raise ValueError(f"a {self.label} is drawn by a template and has no file; a card or an invoice has one")
        return self


def _checked_set(items: tuple[PrintItem, ...]) -> tuple[PrintItem, ...]:
    kinds = [item.label for item in items]
    twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
    if twice:
        raise ValueError(f"has {' and '.join(twice)} more than once: each prints once for an order, remove the others")
    if "waybill" not in kinds:
        raise ValueError("lacks the waybill, and a parcel without one goes nowhere: add {label: waybill}")
    return items


PrintSet = Annotated[tuple[PrintItem, ...], AfterValidator(_checked_set)]


class Shop(Instance):
    """A shop on a marketplace: where orders come from, and how they are shipped."""

    sender: Name = Field(description="Name of the sender that stands on this shop's labels.")
    pool: Name = Field(description="Name of the pool of printers that prints this shop's labels.")
    warehouses: tuple[Name, ...] = Field(min_length=1, description="Names of the warehouses that may ship for it.")
    carriers: tuple[Name, ...] = Field(min_length=1, description="Names of its carriers, the preferred one first.")
    confirm: ConfirmAt = Field(
        default=ConfirmAt.HANDED_OVER, description="When the marketplace is told that the parcel is on its way."
    )
    release: Release = Field(
        default=Release.AUTO, description="`auto` buys waybills at once, `manual` waits until a person releases."
    )
    poll_seconds: float = Field(default=10.0, ge=0.2, le=3600, description="Seconds between two looks for orders.")
    mask: Mask = Field(
        default=Mask.AUTO,
        description="Whether labels hide part of the consignee's name, phone and room (GB/T 41833-2022): `auto` within "
        "China and in own delivery, `always`, or `never`.",
    )
    print: dict[Name, PrintSet] = Field(
        default={},
        description="What is printed for an order, by the `mode` of one of its carriers, `default` for all others; else the "
        "waybill. Each set has the waybill once, and nothing twice.",
    )
    texts: dict[Name, Text] = Field(
        default={}, description="Sentences for labels and packing slips by name, such as `return-policy`."
    )
    short_names: dict[str, Text] = Field(default={}, description="What labels call goods, by SKU.")
    hidden_goods: tuple[str, ...] = Field(
        default=(), description="SKUs that the outside of a parcel must not name; `'*'` for all."
    )


def _checked_mode(value: str) -> str:
    # Nearer than `our-delivery` or `van-delivery`, which are words of their own.
    if value != OWN_DELIVERY and difflib.SequenceMatcher(None, value.lower(), OWN_DELIVERY).ratio() > 0.9:
        raise ValueError(
            f"is almost {OWN_DELIVERY}, the mode whose parcels go on runs and whose labels hide the consignee: write that, "
            "or a name that nobody takes for it"
        )
    return value


Mode = Annotated[Name, AfterValidator(_checked_mode)]


class Carrier(Instance):
    """A carrier account: where waybill numbers come from."""

    title: str = Field(default="", description="The carrier's name as labels print it; empty: `name`.")
    mode: Mode = Field(
        default=DEFAULT_MODE,
        description="How its parcels travel, in a word of your own such as `express`, by which print sets and templates are "
        "chosen. `own-delivery`: with your own drivers, on runs.",
    )


def _checked_day(value: object) -> object:
    # A date is a text in YAML 1.2; strict models take none for a date.
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as problem:
        raise ValueError("a date is written year-month-day, such as 2027-05-31") from problem


Day = Annotated[date, BeforeValidator(_checked_day)]


class Card(Settings):
    """What people know of a printer. `waybilld printers show` adds what the device tells of itself."""

    model: str = Field(default="", description="Its model, where the device does not tell it.")
    supplier: str = Field(default="", description="Where it was bought.")
    support: str = Field(default="", description="Whom to call when it is broken: a number, a contract.")
    bought: Day | None = Field(default=None, description="When it was bought, such as `2024-05-31`.")
    warranty_end: Day | None = Field(default=None, description="Until when it is under warranty.")
    head_life_km: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description="How many kilometres its print head is good for, as its data sheet says; without it no days are told.",
    )


class Printer(Instance):
    """One physical printer."""

    unconfirmed: Unconfirmed | None = Field(
        default=None,
        description="What happens to a label that may or may not be on paper. `hold`: it waits until a person looked. "
        "`reprint-marked`: another copy with a visible mark is printed, and the first is to be intercepted. "
        "`settle-by-scan`: the line goes on, and the scan at packing proves it. `accept-sent`: it counts as printed when "
        "the printer took every byte, and every screen says so. Without it: `hold` where the printer can prove what it "
        "printed, else `settle-by-scan`.",
    )
    place: str = Field(default="", description="Where the printer stands, in free words for the packing station.")
    card: Card = Field(default=Card(), description="What it is, whom to call for it, how long its head lasts.")
    gap_mm: float = Field(
        default=DEFAULT_GAP_MM,
        ge=0,
        le=100,
        description="Millimetres between two labels on the roll, 0 on continuous media: by it a roll's labels are counted.",
    )


class Pool(Settings):
    """Printers that stand in for each other. A printer belongs to one pool, and may be a backup of others."""

    name: Name = Field(description="Name of the pool, unique in its list.")
    printers: tuple[Name, ...] = Field(min_length=1, description="Names of its printers.")
    backups: tuple[Name, ...] = Field(
        default=(), description="Names of printers that take its labels while none of its own can."
    )
    failover_s: float = Field(
        default=10.0,
        ge=0,
        le=3600,
        description="A printer that stops in the middle of a label is given so many seconds, such as for a new roll, before "
        "it must give the label back and another printer goes on.",
    )
    leave_s: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="A printer that cannot be reached in the middle of a label is given so many seconds before another goes "
        "on without knowing what became of that label.",
    )
    drill_days: int = Field(
        default=30, ge=1, le=3650, description="A backup that has printed nothing for so many days is warned about."
    )


class Warehouse(Settings):
    """A place that parcels leave from."""

    name: Name = Field(description="Name of the warehouse, unique in its list.")
    country: Country = Field(description="Two-letter ISO 3166-1 code of its country.")


class Sender(Settings):
    """Who hands parcels over, as labels print it."""

    name: Name = Field(description="Name by which shops refer to it, unique in its list.")
    display_name: Text = Field(description="Name as the label prints it.")
    phone: Text = Field(description="Phone number as the label prints it.")
    address: Text = Field(description="Address as the label prints it.")
    country: Country | None = Field(default=None, description="Two-letter ISO 3166-1 code, where the label needs it.")
    postcode: str = Field(default="", description="Postcode, where the country has one.")


class Rules(Settings):
    """The plugins that judge orders and choose warehouses and services."""

    plugins: tuple[Name, ...] = Field(
        default=("rules",), description="Plugins whose checks, allocation and routing are asked, in this order."
    )


class Reprint(Settings):
    """Further copies of labels that people ask for. Until waybilld has a login, roles are users and groups of the system."""

    per_day: int = Field(
        default=20, ge=0, le=10_000, description="How many copies somebody may ask for in 24 hours who is no supervisor."
    )
    supervisors: tuple[SystemName, ...] = Field(
        default=(),
        description="Names of the system's users and groups who may ask for as many as they need; root and the daemon's own "
        "user always may.",
    )


class Labels(Settings):
    """The plugins that draw labels and speak printer languages."""

    plugins: tuple[Name, ...] = Field(
        default=("labels",), description="Plugins that bring renderers and languages and edit labels, in this order."
    )
    print_within_hours: int = Field(
        default=96,
        ge=1,
        le=8760,
        description="A label that has waited longer for a printer is not printed before a person says so.",
    )
    reprint: Reprint = Field(default=Reprint(), description="Further copies that people ask for.")
    renderer: Name = Field(default="standard", description="Name of the renderer that draws the labels.")
    settings: SerializeAsAny[Settings] = Field(
        default=Settings(), description="The renderer's own settings: own templates, and which template draws what."
    )


class Runs(Settings):
    """Runs of own delivery. Until waybilld has a login, its roles are users and groups of the system."""

    dispatchers: tuple[SystemName, ...] = Field(
        default=(),
        description="Names of the system's users and groups who may open and close runs and see their sheets; a name of "
        "both means both. root and the daemon's own user always may.",
    )


class Retention(Settings):
    """How long data is kept. The journal holds no personal data and stays."""

    pages_days: int = Field(default=7, ge=1, le=3650, description="Days that the pictures of labels are kept.")
    private_days: int = Field(default=30, ge=1, le=3650, description="Days that personal data of finished orders is kept.")
    runs_days: int = Field(
        default=3, ge=1, le=30, description="Days after which a run that nobody closed is closed, and its sheet shredded."
    )


class Config(Settings):
    """The whole file."""

    node: Name = Field(default="main", description="Name of this daemon in its journal.")
    state: Folder = Field(
        default=Path("/var/lib/waybilld"),
        description="Folder of the database. A relative path starts at the folder of the configuration file.",
    )
    runtime: Folder = Field(
        default=Path("/run/waybilld"),
        description=f"Folder of the API's socket `{SOCKET_NAME}`. A relative path starts as that of `state`.",
    )
    listen: Listen = Field(
        default="127.0.0.1:8631",
        description="IP address (or `localhost`) and port of the HTTP listener; port 0 lets the system choose.",
    )
    shops: tuple[Shop, ...] = Field(default=(), description="Where orders come from.")
    carriers: tuple[Carrier, ...] = Field(default=(), description="Where waybill numbers come from.")
    printers: tuple[Printer, ...] = Field(default=(), description="The printers.")
    pools: tuple[Pool, ...] = Field(default=(), description="Groups of printers that stand in for each other.")
    warehouses: tuple[Warehouse, ...] = Field(default=(), description="Where parcels leave from.")
    senders: tuple[Sender, ...] = Field(default=(), description="Who hands parcels over.")
    rules: Rules = Field(default=Rules(), description="The plugins that judge orders.")
    labels: Labels = Field(default=Labels(), description="The plugins that make labels.")
    runs: Runs = Field(default=Runs(), description="Own delivery: who may see the drivers' sheets.")
    retention: Retention = Field(default=Retention(), description="How long data is kept.")
