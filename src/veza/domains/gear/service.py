"""What one can do with gear. What moves files takes the database and opens short transactions."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated
from veza.core.filenames import plain_filename
from veza.core.ids import GearDocumentId, GearId, RepairId, UserId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.gear import queries, rules
from veza.domains.gear.errors import (
    GearDocumentEmpty,
    GearDocumentNotFound,
    GearDocumentsFull,
    GearDocumentTooLarge,
    GearNotFound,
    NotADocument,
    RepairNotFound,
    TooManyGearDocuments,
    TooManyRepairs,
    TooMuchGear,
)
from veza.domains.gear.models import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    MAX_GEAR,
    MAX_REPAIRS,
    DeleteGearDocument,
    DeleteGearFiles,
    DocumentForm,
    DocumentPage,
    DocumentPlace,
    DocumentQuery,
    Gear,
    GearChange,
    GearFigures,
    GearForm,
    GearPage,
    GearQuery,
    Inventory,
    NewGear,
    Repair,
    RepairChange,
    RepairForm,
    RepairPage,
    StoredDocument,
    StoredFile,
    StoredGear,
)
from veza.domains.platform.quotas import service as quotas_service
from veza.domains.platform.quotas.errors import QuotaExceeded
from veza.domains.platform.quotas.models import Expected, Kind
from veza.domains.platform.quotas.service import Quotas, Reservation
from veza.infra.jobs.queue import enqueue
from veza.infra.media.documents import HEAD_BYTES, TEXT, NotText, read_text, sniff_document
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.storage.objects import Storage

# What the form around a document has at most.
FORM_BYTES = 64 * 1024


class Binder(Struct, frozen=True):
    """Where documents lie."""

    storage: Storage


async def add_gear(tx: Tx, owner: Member, form: GearForm) -> Gear:
    """Keep an item of one's own. Raises TooMuchGear."""
    said = rules.clean_gear(form)
    await _lock_owner(tx, owner.id)
    if await queries.count_gear_of(tx, owner.id) >= MAX_GEAR:
        raise TooMuchGear
    new = NewGear(GearId(new_id()), owner.id, said, rules.search_text(said))
    await queries.insert_gear(tx, new)
    return await get_gear(tx, new.id, owner)


async def get_gear(conn: Conn, gear_id: GearId, owner: Member) -> Gear:
    """Show an item of one's own. Another's answers like a missing one."""
    gear = await _find_own(conn, gear_id, owner)
    return rules.show_gear(gear, await queries.list_repair_totals(conn, [gear_id]))


async def list_gear(conn: Conn, owner: Member, wish: GearQuery) -> GearPage:
    """List one's gear, the latest first."""
    found = await queries.list_gear(conn, owner.id, wish)
    shown, following = cut(found, wish.limit, lambda one: Cursor(one.created_at, one.id))
    totals = await queries.list_repair_totals(conn, [gear.id for gear in shown])
    gear = [rules.show_gear(one, totals) for one in shown]
    return GearPage(gear, following, following is not None)


async def update_gear(tx: Tx, gear_id: GearId, owner: Member, change: GearChange) -> Gear:
    """Change what is said of an item. Of another end of its warranty one is told again."""
    gear = await _lock_own(tx, gear_id, owner)
    said = rules.clean_gear(rules.merge(GearForm, gear, change))
    await queries.update_gear(tx, gear_id, said, rules.search_text(said))
    return await get_gear(tx, gear_id, owner)


async def delete_gear(tx: Tx, gear_id: GearId, owner: Member) -> None:
    """Delete an item with its repairs and documents; the files go soon after."""
    if not await queries.delete_gear(tx, gear_id, owner.id):
        raise GearNotFound
    await enqueue(tx, DeleteGearFiles([gear_id]))


async def sum_up(conn: Conn, owner: Member) -> Inventory:
    """Tell how much somebody has, what it cost them, and how many warranties hold."""
    today = now().date()
    holdings = await queries.sum_holdings(conn, owner.id, today, today + rules.WARNED_BEFORE)
    return rules.show_inventory(holdings, await queries.list_worth(conn, owner.id))


async def add_repair(tx: Tx, gear_id: GearId, owner: Member, form: RepairForm) -> Repair:
    """Keep a repair of an item. Raises TooManyRepairs."""
    said = rules.clean_repair(form)
    await _lock_own(tx, gear_id, owner)
    if await queries.count_repairs(tx, gear_id) >= MAX_REPAIRS:
        raise TooManyRepairs
    return await queries.insert_repair(tx, RepairId(new_id()), gear_id, said)


async def list_repairs(
    conn: Conn, gear_id: GearId, owner: Member, *, limit: int, cursor: Cursor | None
) -> RepairPage:
    """List the repairs of an item, the last first, and tell what all of them cost."""
    await _find_own(conn, gear_id, owner)
    totals = await queries.list_repair_totals(conn, [gear_id])
    found = await queries.list_repairs(conn, gear_id, limit, cursor)
    repairs, following = cut(found, limit, rules.cursor_after)
    return RepairPage(
        repairs=repairs,
        total=sum(total.repairs for total in totals),
        costs=rules.show_costs(totals),
        next_cursor=following,
        has_more=following is not None,
    )


async def update_repair(
    tx: Tx, gear_id: GearId, repair_id: RepairId, *, owner: Member, change: RepairChange
) -> Repair:
    """Change what is said of a repair."""
    await _lock_own(tx, gear_id, owner)
    repair = await _find_repair(tx, gear_id, repair_id)
    said = rules.clean_repair(rules.merge(RepairForm, repair, change))
    return await queries.update_repair(tx, repair_id, said)


async def delete_repair(tx: Tx, gear_id: GearId, repair_id: RepairId, owner: Member) -> None:
    """Delete a repair. Its documents stay with the item: a receipt isn't lost by the way."""
    await _lock_own(tx, gear_id, owner)
    if not await queries.delete_repair(tx, gear_id, repair_id):
        raise RepairNotFound


@asynccontextmanager
async def reserve(
    quotas: Quotas, owner: Member, announced_bytes: int
) -> AsyncGenerator[Reservation]:
    """Reserve room for a document, in a form of so many bytes, inside the `with`.

    Raises GearDocumentsFull, there too, and TooManyUploads.
    """
    expected = Expected(announced_bytes, announced_bytes - FORM_BYTES)
    try:
        async with quotas_service.reserve(
            quotas, owner, Kind.GEAR_DOCUMENTS, expected=expected
        ) as room:
            yield room
    except QuotaExceeded as error:
        raise GearDocumentsFull(details=error.details) from error


async def begin_upload(database: Database, gear_id: GearId, owner: Member) -> DocumentPlace:
    """Note that a document of an item will come, so that it is swept if it never ends.

    Raises TooManyGearDocuments, before anything is sent in vain.
    """
    place = DocumentPlace(gear_id, GearDocumentId(new_id()))
    async with database.transaction(recorded=False) as tx:
        await _lock_own(tx, gear_id, owner)
        if await queries.count_places_taken(tx, gear_id) >= MAX_DOCUMENTS:
            raise TooManyGearDocuments
        await queries.insert_upload(tx, place)
    return place


async def store_document(
    binder: Binder, place: DocumentPlace, filename: str, chunks: AsyncIterator[bytes]
) -> StoredFile:
    """Store a document as it comes; its bytes tell its kind, whatever it is called.

    Raises GearDocumentEmpty, NotADocument and GearDocumentTooLarge.
    """
    head = await _read_head(chunks)
    if not head:
        raise GearDocumentEmpty
    kind = sniff_document(head)
    bounded = _bounded(head, chunks)
    content = bounded if kind else read_text(bounded)
    try:
        stored = await binder.storage.put_stream(rules.key_of(place), content)
    except NotText as error:
        raise NotADocument from error
    return StoredFile(place, plain_filename(filename), kind or TEXT, stored.size, stored.sha256)


async def finish_upload(
    tx: Tx, owner: Member, *, file: StoredFile, form: DocumentForm
) -> StoredDocument:
    """Make a document of what was stored. Raises RepairNotFound."""
    said = rules.clean_document(form)
    gear_id = file.place.gear_id
    await _lock_owner(tx, owner.id)
    await _lock_own(tx, gear_id, owner)
    if said.repair_id is not None:
        await _find_repair(tx, gear_id, said.repair_id)
    await queries.delete_upload(tx, file.place.document_id)
    return await queries.insert_document(tx, file, said)


async def abandon_upload(database: Database, binder: Binder, place: DocumentPlace) -> None:
    """Delete what an upload left that will never end; one that did end stays.

    Whoever is cut off just as it ends can't know whether it did.
    """
    async with database.transaction(recorded=False) as tx:
        is_open = await queries.lock_upload(tx, place.document_id)
    if is_open:
        await binder.storage.delete_folder(rules.folder_of(place.gear_id, place.document_id))
        async with database.transaction(recorded=False) as tx:
            await queries.delete_upload(tx, place.document_id)


async def list_documents(
    conn: Conn, gear_id: GearId, owner: Member, *, wish: DocumentQuery, urls: UrlBuilder
) -> DocumentPage:
    """List the documents of an item, or of one of its repairs, the latest first."""
    await _find_own(conn, gear_id, owner)
    if wish.repair_id is not None:
        await _find_repair(conn, gear_id, wish.repair_id)
    found = await queries.list_documents(conn, gear_id, wish)
    shown, following = cut(found, wish.limit, lambda one: Cursor(one.created_at, one.id))
    documents = [rules.show_document(one, urls) for one in shown]
    return DocumentPage(documents, following, following is not None)


async def open_document(
    conn: Conn, place: DocumentPlace, viewer: Member | None, *, is_signed: bool
) -> StoredDocument:
    """Give what is needed to serve a document: to its owner, and by a URL that is signed."""
    document = None
    if is_signed or viewer is not None:
        owner_id = None if is_signed or viewer is None else viewer.id
        document = await queries.find_document(conn, place, owner_id)
    if document is None:
        raise GearDocumentNotFound
    return document


async def delete_document(tx: Tx, place: DocumentPlace, owner: Member) -> None:
    """Delete a document of an item; the file goes soon after."""
    await _lock_own(tx, place.gear_id, owner)
    if not await queries.delete_document(tx, place):
        raise GearDocumentNotFound
    await enqueue(tx, DeleteGearDocument(place))


async def forget(tx: Tx, gear_ids: Sequence[GearId]) -> None:
    """Have the documents of items deleted that are gone."""
    if gear_ids:
        await enqueue(tx, DeleteGearFiles(list(gear_ids)))


async def count_gear(conn: Conn) -> GearFigures:
    """Count the items, and what their documents take."""
    return await queries.count_gear(conn)


async def _lock_owner(tx: Tx, owner_id: UserId) -> None:
    if not await queries.lock_owner(tx, owner_id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated


async def _find_own(conn: Conn, gear_id: GearId, owner: Member) -> StoredGear:
    gear = await queries.find_gear(conn, gear_id, owner.id)
    if gear is None:
        raise GearNotFound
    return gear


async def _lock_own(tx: Tx, gear_id: GearId, owner: Member) -> StoredGear:
    gear = await queries.lock_gear(tx, gear_id, owner.id)
    if gear is None:
        raise GearNotFound
    return gear


async def _find_repair(conn: Conn, gear_id: GearId, repair_id: RepairId) -> Repair:
    repair = await queries.find_repair(conn, gear_id, repair_id)
    if repair is None:
        raise RepairNotFound
    return repair


async def _read_head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head


async def _bounded(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = len(head)
    if size > MAX_DOCUMENT_BYTES:
        raise GearDocumentTooLarge
    yield head
    async for chunk in rest:
        size += len(chunk)
        if size > MAX_DOCUMENT_BYTES:
            raise GearDocumentTooLarge
        yield chunk
