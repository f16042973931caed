"""Warranties that end soon are marked in the statement that finds them: each is told once."""

from datetime import date
from uuid import UUID

from veza.core.ids import GearId, RepairId, UserId
from veza.core.pages import Cursor
from veza.core.visibility import active
from veza.domains.gear.models import (
    DocumentForm,
    DocumentQuery,
    DocumentRef,
    EndingWarranty,
    Gear,
    GearForm,
    GearQuery,
    GearTotals,
    ReceivedDocument,
    Repair,
    RepairForm,
    StoredDocument,
    Worth,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where, escape_like

_GEAR = """
    g.id, g.name, g.category, g.brand, g.model, g.serial_number, g.bought_on, g.price_cents,
    g.currency, g.warranty_until, g.notes,
    (select count(*) from gear_documents d where d.gear_id = g.id) as documents_count,
    (select count(*) from gear_repairs r where r.gear_id = g.id) as repairs_count,
    array(select jsonb_build_object('currency', r.currency, 'cents', sum(r.cost_cents))
            from gear_repairs r
           where r.gear_id = g.id
           group by r.currency
           order by r.currency) as repair_costs,
    g.created_at, g.updated_at
"""
_FIND_GEAR = f"select {_GEAR} from gear g where g.id = $1 and g.owner_id = $2"
_REPAIR = """
    r.id, r.gear_id, r.repair_date, r.description, r.cost_cents, r.currency, r.provider,
    (select count(*)
       from gear_documents d
      where d.gear_id = r.gear_id and d.repair_id = r.id) as documents_count,
    r.created_at, r.updated_at
"""
_DOCUMENT = """
    d.id, d.gear_id, d.repair_id, d.type, d.name, d.content_type, d.size_bytes, d.sha256,
    d.created_at
"""


async def count_gear_of(conn: Conn, owner_id: UserId) -> int:
    return await conn.value(int, "select count(*) from gear where owner_id = $1", owner_id) or 0


async def insert_gear(
    tx: Tx, gear_id: GearId, owner_id: UserId, form: GearForm, search_text: str
) -> None:
    sql = """
        insert into gear (id, owner_id, search_text, name, category, brand, model, serial_number,
                          bought_on, price_cents, currency, warranty_until, notes)
             values (:id, :owner_id, :search_text, :name, :category, :brand, :model, :serial_number,
                     :bought_on, :price_cents, :currency, :warranty_until, :notes)
    """
    await tx.run(*bind(sql, form, id=gear_id, owner_id=owner_id, search_text=search_text))


async def find_gear(conn: Conn, gear_id: GearId, owner_id: UserId) -> Gear | None:
    return await conn.maybe(Gear, _FIND_GEAR, gear_id, owner_id)


async def lock_gear(tx: Tx, gear_id: GearId, owner_id: UserId) -> Gear | None:
    return await tx.maybe(Gear, f"{_FIND_GEAR} for no key update of g", gear_id, owner_id)


async def list_all_gear(conn: Conn, owner_id: UserId) -> list[Gear]:
    """Return all items of a member, newest first."""
    sql = f"""
        select {_GEAR}
          from gear g
         where g.owner_id = $1
         order by g.created_at desc, g.id desc
    """
    return await conn.every(Gear, sql, owner_id)


async def list_gear(conn: Conn, owner_id: UserId, query: GearQuery) -> list[Gear]:
    """Return items, newest first: up to the limit plus 1."""
    where = Where("g.owner_id = {}", owner_id)
    if query.category is not None:
        # Compared by the database without case; blanks as `rules.clean_gear` stores them.
        where.add("lower(g.category) = lower({})", " ".join(query.category.split()))
    for word in query.words:
        where.add("g.search_text like {}", f"%{escape_like(word)}%")
    where.add_cursor("g.created_at, g.id", query.cursor)
    sql = f"""
        select {_GEAR}
          from gear g
        {where.sql}
         order by g.created_at desc, g.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(Gear, sql, *where.values)


async def update_gear(tx: Tx, gear_id: GearId, form: GearForm, search_text: str) -> None:
    sql = """
        update gear
           set search_text = :search_text, name = :name, category = :category, brand = :brand,
               model = :model, serial_number = :serial_number, bought_on = :bought_on,
               price_cents = :price_cents, currency = :currency, warranty_until = :warranty_until,
               notes = :notes, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, form, id=gear_id, search_text=search_text))


async def delete_gear(tx: Tx, gear_id: GearId, owner_id: UserId) -> bool:
    """Return False if the member has no such item."""
    sql = "delete from gear where id = $1 and owner_id = $2"
    return await tx.run(sql, gear_id, owner_id) == 1


async def delete_all_of(tx: Tx, owner_id: UserId) -> list[GearId]:
    """Return the ids of the items."""
    sql = "delete from gear where owner_id = $1 returning id"
    return [GearId(deleted) for deleted in await tx.column(UUID, sql, owner_id)]


async def sum_holdings(conn: Conn, owner_id: UserId, today: date, soon: date) -> GearTotals:
    sql = """
        select count(*) as gear_count,
               coalesce(sum(d.documents), 0)::bigint as documents_count,
               coalesce(sum(d.bytes), 0)::bigint as documents_bytes,
               count(*) filter (where g.warranty_until >= $2) as under_warranty_count,
               count(*) filter (where g.warranty_until between $2 and $3) as ending_soon_count
          from gear g
         cross join lateral (
                   select count(*) as documents, sum(size_bytes) as bytes
                     from gear_documents
                    where gear_id = g.id
               ) d
         where g.owner_id = $1
    """
    return await conn.one(GearTotals, sql, owner_id, today, soon)


async def list_worth(conn: Conn, owner_id: UserId) -> list[Worth]:
    """Return the amounts that a member paid, by currency."""
    sql = """
        with paid as (
            select currency, price_cents, 0 as cost_cents
              from gear
             where owner_id = $1 and price_cents is not null
             union all
            select r.currency, 0, r.cost_cents
              from gear g
              join gear_repairs r on r.gear_id = g.id
             where g.owner_id = $1
        )
        select currency, sum(price_cents) as price_cents, sum(cost_cents) as repair_cents
          from paid
         group by currency
         order by currency
    """
    return await conn.all(Worth, sql, owner_id)


async def count_repairs(conn: Conn, gear_id: GearId) -> int:
    sql = "select count(*) from gear_repairs where gear_id = $1"
    return await conn.value(int, sql, gear_id) or 0


async def insert_repair(tx: Tx, repair_id: RepairId, gear_id: GearId, form: RepairForm) -> Repair:
    sql = f"""
        insert into gear_repairs as r (id, gear_id, repair_date, description, cost_cents,
                                       currency, provider)
             values (:id, :gear_id, :repair_date, :description, :cost_cents, :currency, :provider)
          returning {_REPAIR}
    """
    return await tx.one(Repair, *bind(sql, form, id=repair_id, gear_id=gear_id))


async def find_repair(conn: Conn, gear_id: GearId, repair_id: RepairId) -> Repair | None:
    sql = f"select {_REPAIR} from gear_repairs r where r.id = $2 and r.gear_id = $1"
    return await conn.maybe(Repair, sql, gear_id, repair_id)


async def list_repairs(
    conn: Conn, gear_id: GearId, limit: int, cursor: Cursor | None
) -> list[Repair]:
    """Return the repairs of an item, newest first: up to the limit plus 1."""
    where = Where("r.gear_id = {}", gear_id)
    if cursor is not None:
        where.add("(r.repair_date, r.id) < ({}, {})", cursor.created_at.date(), cursor.id)
    sql = f"""
        select {_REPAIR}
          from gear_repairs r
        {where.sql}
         order by r.repair_date desc, r.id desc
         limit {limit + 1:d}
    """
    return await conn.all(Repair, sql, *where.values)


async def list_all_repairs(conn: Conn, owner_id: UserId) -> list[Repair]:
    """Return the repairs of all items of a member, oldest first."""
    sql = f"""
        select {_REPAIR}
          from gear_repairs r
         where r.gear_id in (select id from gear where owner_id = $1)
         order by r.repair_date, r.id
    """
    return await conn.every(Repair, sql, owner_id)


async def update_repair(tx: Tx, repair_id: RepairId, form: RepairForm) -> Repair:
    sql = f"""
        update gear_repairs r
           set repair_date = :repair_date, description = :description, cost_cents = :cost_cents,
               currency = :currency, provider = :provider, updated_at = now()
         where r.id = :id
     returning {_REPAIR}
    """
    return await tx.one(Repair, *bind(sql, form, id=repair_id))


async def delete_repair(tx: Tx, gear_id: GearId, repair_id: RepairId) -> bool:
    """Return False if the item has no such repair. Its documents stay with the item."""
    sql = "delete from gear_repairs where id = $2 and gear_id = $1"
    return await tx.run(sql, gear_id, repair_id) == 1


async def count_documents(conn: Conn, gear_id: GearId) -> int:
    sql = "select count(*) from gear_documents where gear_id = $1"
    return await conn.value(int, sql, gear_id) or 0


async def insert_document(
    tx: Tx, ref: DocumentRef, file: ReceivedDocument, form: DocumentForm
) -> StoredDocument:
    sql = f"""
        insert into gear_documents as d (id, gear_id, type, repair_id, name, content_type,
                                         size_bytes, sha256)
             values (:document_id, :gear_id, :type, :repair_id, :name, :content_type,
                     :size_bytes, :sha256)
          returning {_DOCUMENT}
    """
    return await tx.one(StoredDocument, *bind(sql, ref, file, form))


async def list_documents(conn: Conn, gear_id: GearId, query: DocumentQuery) -> list[StoredDocument]:
    """Return documents of an item, newest first: up to the limit plus 1."""
    where = Where("d.gear_id = {}", gear_id)
    where.add_filter("d.repair_id = {}", query.repair_id)
    where.add_cursor("d.created_at, d.id", query.cursor)
    sql = f"""
        select {_DOCUMENT}
          from gear_documents d
        {where.sql}
         order by d.created_at desc, d.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredDocument, sql, *where.values)


async def list_all_documents(conn: Conn, owner_id: UserId) -> list[StoredDocument]:
    """Return the documents of all items of a member, oldest first."""
    sql = f"""
        select {_DOCUMENT}
          from gear_documents d
         where d.gear_id in (select id from gear where owner_id = $1)
         order by d.created_at, d.id
    """
    return await conn.every(StoredDocument, sql, owner_id)


async def find_document(
    conn: Conn, ref: DocumentRef, owner_id: UserId | None
) -> StoredDocument | None:
    """Return a document of an owner, or of any member; None if the owner is suspended."""
    where = Where("d.id = {} and d.gear_id = {}", ref.document_id, ref.gear_id)
    where.add_filter("g.owner_id = {}", owner_id)
    sql = f"""
        select {_DOCUMENT}
          from gear_documents d
          join gear g on g.id = d.gear_id
          join users u on u.id = g.owner_id and {active("u")}
        {where.sql}
    """
    return await conn.maybe(StoredDocument, sql, *where.values)


async def delete_document(tx: Tx, ref: DocumentRef) -> bool:
    """Return False if the item has no such document."""
    sql = "delete from gear_documents where id = $1 and gear_id = $2"
    return await tx.run(sql, ref.document_id, ref.gear_id) == 1


async def update_warned(tx: Tx, first: date, last: date) -> list[EndingWarranty]:
    """Mark up to 200 warranties that end between two days as announced; return them.

    Each end is announced once.
    """
    sql = """
        with ending as (
            select id
              from gear
             where warranty_until between $1 and $2
               and warned_for is distinct from warranty_until
             order by warranty_until, id
             limit 200
               for no key update skip locked
        )
        update gear g
           set warned_for = g.warranty_until
          from ending
         where g.id = ending.id
     returning g.id as gear_id, g.owner_id
    """
    return await tx.all(EndingWarranty, sql, first, last)


async def count_gear(conn: Conn) -> dict[str, int]:
    """Return the number of items, and the size of their documents."""
    sql = """
        select count(*) as total,
               (select coalesce(sum(size_bytes), 0)::bigint from gear_documents) as files_bytes
          from gear
    """
    return await conn.counts(sql)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all items of a page, and their documents, to another profile."""
    await tx.run("update gear set owner_id = $2 where owner_id = $1", owner_id, into_id)
    await tx.run("update gear_documents set owner_id = $2 where owner_id = $1", owner_id, into_id)
