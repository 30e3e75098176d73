"""Labels, their pages and the documents encoded ahead: sealed pixels with the order's own data key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from waybilld.core.jobs import JobState
from waybilld.core.lifecycle import Event, Work
from waybilld.core.policy import Policies
from waybilld.store import schema, shipments
from waybilld.store.inputs import Parcel, StageInput
from waybilld.store.orderdata import data_key
from waybilld.store.seal import Seal, Shredded
from waybilld.store.sql import Prepared, Runner
from waybilld.store.tx import Entry, Tx
from waybilld_sdk.labels import Page, PageCommands
from waybilld_sdk.printing import Document

_b, _d, _p, _l, _k = schema.blob, schema.document, schema.page, schema.label, schema.private
PAGE_COLUMNS = (_p.c.id, _p.c.width, _p.c.height, _p.c.page_key, _p.c.commands, _p.c.blob)
_BLOB = Prepared(insert(_b).values({c: bindparam(c) for c in ("private", "digest", "sealed", "expires_at_us")}))
_OPEN = Prepared(select(_b.c.private, _b.c.sealed).where(_b.c.id == bindparam("id_")))
_DROP_BLOB = Prepared(delete(_b).where(_b.c.id == bindparam("id_")))
_DOCUMENT = Prepared(
    insert(_d).values({c: bindparam(c) for c in ("page", "language", "settings", "token_bytes", "blob", "digest")})
)
_READY = Prepared(
    select(_l.c.kind, _l.c.serial, _l.c.copy, *PAGE_COLUMNS)
    .add_columns(_d.c.blob, _d.c.token_bytes, _d.c.digest, _b.c.sealed, _k.c.data_key)
    .outerjoin(_p, (_p.c.label == _l.c.id) & (_p.c.variant == bindparam("variant")))
    .outerjoin(
        _d,
        (_d.c.page == _p.c.id) & (_d.c.language == bindparam("language")) & (_d.c.settings == bindparam("settings")),
    )
    .outerjoin(_b, _b.c.id == _d.c.blob)
    .outerjoin(_k, _k.c.id == _b.c.private)
    .where(_l.c.id == bindparam("label"))
)
_OF_LABEL = Prepared(select(_d.c.id, _d.c.blob).join(_p, _p.c.id == _d.c.page).where(_p.c.label == bindparam("label")))
_DROP = Prepared(delete(_d).where(_d.c.id == bindparam("id_")))
_PAGES_OF_SHIPMENT = Prepared(
    select(_l.c.serial, _l.c.kind, _p.c.variant, *PAGE_COLUMNS)
    .join(_p, _p.c.label == _l.c.id)
    .where(_l.c.shipment == bindparam("shipment"))
    .order_by(_l.c.id, _p.c.id)
)
_LENGTH_BYTES = 4
"""At the end of a blob with commands: how many bytes before it are theirs."""


_DELETED = "the pixels of this label were deleted as the retention rules ask"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One page drawn for one kind of printer, with the documents encoded from it: (language, settings key, document)."""

    variant: str
    page: Page
    documents: tuple[tuple[str, str, Document], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One label row in the making: a page that is printed by itself, drawn for every kind of printer of its pool. `pool`
    None: the shipment's own."""

    kind: str
    serial: str
    pool: str | None
    drawn: tuple[Rendered, ...]


@dataclass(frozen=True, slots=True)
class PageRow:
    """A stored page as its row stands; `blob` is empty once retention took the pixels. `commands` as the table says."""

    id: int
    width: int
    height: int
    page_key: str
    commands: str | None
    blob: int | None


def rendered(
    tx: Tx,
    given: StageInput,
    parcel: Parcel,
    pieces: Sequence[Piece],
    policies: Policies,
    *,
    expires_at_us: int,
) -> None:
    """Commit a shipment's print set: each label with its pages and documents, and the step to `rendered` with the print jobs
    in the set's order."""
    now = shipments.reload(tx.run, given.shipment)
    private = given.orders[0].private
    key = data_key(tx.run, tx.seal, private)

    def rows(entry: Entry) -> list[shipments.Printing]:
        made: list[shipments.Printing] = []
        for piece in pieces:
            label = entry.insert(_l, shipment=now.id, parcel=parcel.id, kind=piece.kind, copy=1, serial=piece.serial)
            for item in piece.drawn:
                _keep(entry, tx, label, item, private, key, expires_at_us)
            made.append((label, piece.pool))
        for finding in dict.fromkeys(f for piece in pieces for item in piece.drawn for f in item.page.findings):
            shipments.open_case(entry, tx, now.id, finding.code, finding.message, blocking=False)
        return made

    shipments.step(tx, now, Event.RENDERED, policies, job=given.job.id, entry_rows=rows)


def copied(
    tx: Tx, given: StageInput, label: int, piece: Piece, *, expires_at_us: int
) -> None:
    """Commit a further copy of a label: its pages and documents, and its print job."""
    shipment = given.shipment.id
    private = given.orders[0].private
    key = data_key(tx.run, tx.seal, private)
    with tx.entry("label.copied", shipment=shipment, job=given.job.id, serial=piece.serial) as entry:
        for item in piece.drawn:
            _keep(entry, tx, label, item, private, key, expires_at_us)
        entry.update(schema.job, given.job.id, state=JobState.DONE.value)
        pool = piece.pool or given.shipment.pool
        shipments.enqueue(entry, tx, shipment, Work.PRINT, given.shipment.round, label=label, pool=pool)


def _keep(entry: Entry, tx: Tx, label: int, item: Rendered, private: int, key: bytes, expires_at_us: int) -> None:
    page = item.page
    form, content = _content(page)
    blob, digest = seal_blob(tx, private, key, content, expires_at_us)
    page_id = entry.insert(
        _p,
        label=label,
        variant=item.variant,
        # The key is a plain digest over personal data, and the journal keeps it for ever: only our key makes it mute.
        page_key=tx.seal.digest(page.key.encode("utf-8", "surrogatepass")),
        width=page.width,
        height=page.height,
        commands=form,
        digest=digest,
        blob=blob,
    )
    for language, settings, document in item.documents:
        keep_document(tx, page_id, language, settings, document, private, key, expires_at_us)


def _content(page: Page) -> tuple[str | None, bytes]:
    """What the row says of a page's commands, and the bytes to seal. Pixels and commands are one blob, so that neither can
    outlive the other: a page without its commands would be printed as a label on which the carrier's part is missing."""
    if page.commands is None:
        return None, page.png
    body = page.commands.body
    form = " ".join((page.commands.language, *map(str, page.commands.box)))
    return form, page.png + body + len(body).to_bytes(_LENGTH_BYTES)


def seal_blob(tx: Tx, private: int, key: bytes, data: bytes, expires_at_us: int | None) -> tuple[int, str]:
    """Keep bytes sealed with the key of a private row; their row and keyed digest. None: until the key is shredded."""
    digest = tx.seal.digest(data)
    sealed = tx.seal.close(key, data)
    return tx.run.insert(_BLOB, private=private, digest=digest, sealed=sealed, expires_at_us=expires_at_us), digest


def keep_document(
    tx: Tx, page: int, language: str, settings: str, document: Document, private: int, key: bytes, expires_at_us: int
) -> None:
    """Keep a page encoded for one kind of printer until its attempt is settled."""
    body = document.body + document.token
    blob, digest = seal_blob(tx, private, key, body, expires_at_us)
    tx.run.run(
        _DOCUMENT,
        page=page,
        language=language,
        settings=settings,
        token_bytes=len(document.token),
        blob=blob,
        digest=digest,
    )


def open_blob(run: Runner, seal: Seal, blob: int | None) -> bytes:
    """A blob's bytes. Raises `Shredded` when retention or a person deleted them."""
    found = run.row(_OPEN, id_=blob) if blob is not None else None
    if found is None:
        raise Shredded(_DELETED)
    return seal.open(data_key(run, seal, found[0]), found[1])


@dataclass(frozen=True, slots=True)
class Printable:
    """A label as a printer needs it. `page` None: not drawn for its paper; `document` None: not encoded ahead for it."""

    kind: str
    serial: str
    copy: int
    page: PageRow | None
    document: Document | None
    digest: str


def printable(tx: Tx, label: int, variant: str, language: str, settings: str) -> Printable:
    """A label with its page for one kind of paper and the document for one kind of printer.

    Raises `LookupError` where no such label is, `Shredded` when retention or a person deleted the document.
    """
    row = tx.run.row(_READY, label=label, variant=variant, language=language, settings=settings)
    if row is None:
        raise LookupError(f"there is no label {label}")
    kind, serial, copy, *page, blob, token_bytes, digest, sealed, wrapped = row
    if page[0] is None:
        return Printable(kind, serial, copy, None, None, "")
    found = PageRow(*page)
    if blob is None:
        return Printable(kind, serial, copy, found, None, "")
    if sealed is None:
        raise Shredded(_DELETED)
    data = tx.seal.open(tx.seal.unwrap(wrapped), sealed)
    cut = len(data) - token_bytes
    return Printable(kind, serial, copy, found, Document(language, data[:cut], data[cut:]), digest)


def open_page(run: Runner, seal: Seal, row: PageRow) -> Page:
    """A page with its pixels and commands. Raises `Shredded`."""
    content = open_blob(run, seal, row.blob)
    if row.commands is None:
        return Page(row.width, row.height, content, row.page_key)
    end = len(content) - _LENGTH_BYTES
    start = end - int.from_bytes(content[end:])
    language, *box = row.commands.rsplit(" ", 4)
    left, top, width, height = map(int, box)
    commands = PageCommands(language, content[start:end], (left, top, width, height))
    return Page(row.width, row.height, content[:start], row.page_key, commands=commands)


def drop_documents(tx: Tx, label: int) -> None:
    """The label is settled: its encoded forms are not needed any more, its pages are kept."""
    for document, blob in tx.run.rows(_OF_LABEL, label=label):
        tx.run.run(_DROP, id_=document)
        tx.run.run(_DROP_BLOB, id_=blob)


def pages_of(run: Runner, shipment: int) -> list[tuple[str, str, str, PageRow]]:
    """(serial, kind, variant, page) of everything drawn for a shipment, the newest label last."""
    return [(r[0], r[1], r[2], PageRow(*r[3:])) for r in run.rows(_PAGES_OF_SHIPMENT, shipment=shipment)]
