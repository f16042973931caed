"""Every SQL statement of the domain, one function each."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from veza.core.ids import OrderId, SubjectId, TransferId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models.state import AmountDue
from veza.domains.marketplace.payouts.models import (
    LockedTransfer,
    NewPart,
    StoredReversal,
    StoredTransfer,
    TransferQuery,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_DUE_AT_ONCE = 100

_COLUMNS = """
    id, order_id, seller_id, seller_subject, part, payment_provider, mode, provider, account_ref,
    due_cents, netted_cents, amount_cents, reversed_cents, platform_fee_cents, currency, status,
    key_number, key_used_at, provider_ref, tries, retry_count, retry_id, next_retry_at, reason,
    created_at, completed_at
"""
_SELECT_TRANSFERS = f"select {_COLUMNS} from transfers"


async def insert_transfers(
    tx: Tx, order_id: OrderId, *, ids: list[TransferId], dues: list[AmountDue]
) -> None:
    """Begin the first part of those that there aren't yet."""
    sql = """
        insert into transfers (id, order_id, seller_id, seller_subject, payment_provider, due_cents,
                               platform_fee_cents, currency)
             select g.id, o.id, g.seller_id, g.seller_subject, o.provider, g.due_cents, g.fee_cents,
                    g.currency
               from orders o,
                    unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[],
                           $7::text[])
                    as g (id, seller_id, seller_subject, due_cents, fee_cents, currency)
              where o.id = $1
        on conflict (order_id, seller_subject, part) do nothing
    """
    await tx.run(
        sql,
        order_id,
        ids,
        [due.seller_id for due in dues],
        [due.seller_subject for due in dues],
        [due.due_cents for due in dues],
        [due.fee_cents for due in dues],
        [due.currency for due in dues],
    )


async def insert_part(tx: Tx, transfer_id: TransferId, part: NewPart) -> None:
    """Begin the next part of what a seller gets for an order; it has no fee of its own."""
    sql = """
        insert into transfers (id, order_id, seller_id, seller_subject, payment_provider, part,
                               due_cents, platform_fee_cents, currency)
             select $1, t.order_id, t.seller_id, t.seller_subject, t.payment_provider,
                    (select max(o.part) + 1
                       from transfers o
                      where o.order_id = t.order_id and o.seller_subject = t.seller_subject),
                    $3, 0, t.currency
               from transfers t
              where t.id = $2
    """
    await tx.run(sql, transfer_id, part.of_id, part.due_cents)


async def lock_transfers_of(tx: Tx, order_id: OrderId) -> None:
    """Lock all that sellers get for an order. More parts may come while this waits."""
    sql = "select id from transfers where order_id = $1 order by seller_subject, part for update"
    await tx.run(sql, order_id)


async def list_transfers_of(conn: Conn, order_id: OrderId) -> list[StoredTransfer]:
    """All that sellers get for an order, by seller and part."""
    sql = f"{_SELECT_TRANSFERS} where order_id = $1 order by seller_subject, part"
    return await conn.all(StoredTransfer, sql, order_id)


async def find_transfer(conn: Conn, transfer_id: TransferId) -> StoredTransfer | None:
    return await conn.maybe(StoredTransfer, f"{_SELECT_TRANSFERS} where id = $1", transfer_id)


async def lock_transfer(tx: Tx, transfer_id: TransferId) -> LockedTransfer | None:
    sql = f"""
        select {_COLUMNS}, now() as moment, coalesce(next_retry_at <= now(), false) as is_free
          from transfers
         where id = $1
           for update
    """
    return await tx.maybe(LockedTransfer, sql, transfer_id)


async def update_transfer(tx: Tx, transfer: StoredTransfer, look_again: timedelta | None) -> None:
    """Write how a transfer stands, and after which time to look at it again; None: not at all."""
    sql = """
        update transfers
           set provider = $2, account_ref = $3, due_cents = $4, netted_cents = $5,
               amount_cents = $6, reversed_cents = $7, platform_fee_cents = $8, status = $9,
               key_number = $10, key_used_at = $11, provider_ref = $12, tries = $13,
               retry_count = $14, retry_id = $15, reason = $16, completed_at = $17,
               next_retry_at = now() + $18::interval
         where id = $1
    """
    await tx.run(
        sql,
        transfer.id,
        transfer.provider,
        transfer.account_ref,
        transfer.due_cents,
        transfer.netted_cents,
        transfer.amount_cents,
        transfer.reversed_cents,
        transfer.platform_fee_cents,
        transfer.status,
        transfer.key_number,
        transfer.key_used_at,
        transfer.provider_ref,
        transfer.tries,
        transfer.retry_count,
        transfer.retry_id,
        transfer.reason,
        transfer.completed_at,
        look_again,
    )


async def update_due(tx: Tx, transfer: StoredTransfer) -> None:
    """Write what is due, and have it looked at now, unless somebody may be at it."""
    sql = """
        update transfers t
           set due_cents = $2, platform_fee_cents = $3,
               next_retry_at = case
                   when t.key_used_at is null and not exists (
                       select from transfer_reversals r
                        where r.transfer_id = t.id and r.status = 'processing'
                   ) then now()
                   else t.next_retry_at
               end
         where t.id = $1
    """
    await tx.run(sql, transfer.id, transfer.due_cents, transfer.platform_fee_cents)


async def find_mode(conn: Conn, transfer_id: TransferId) -> MoneyMode | None:
    return await conn.value(MoneyMode, "select mode from transfers where id = $1", transfer_id)


async def sum_debts(
    conn: Conn, seller_subject: SubjectId, currency: str, *, mode: MoneyMode
) -> int:
    """What a seller owes in a mode that will not be taken back, less what was kept back for it."""
    sql = """
        select -coalesce(sum(netted_cents), 0)::bigint
          from transfers
         where seller_subject = $1 and currency = $2 and mode = $3 and netted_cents <> 0
    """
    return await conn.value(int, sql, seller_subject, currency, mode) or 0


async def sum_under_way(
    conn: Conn, seller_subject: SubjectId, currency: str, *, mode: MoneyMode
) -> int:
    """What may have been paid to a seller, and isn't in the books yet."""
    sql = """
        select coalesce(sum(amount_cents), 0)::bigint
          from transfers
         where seller_subject = $1 and currency = $2 and mode = $3 and key_used_at is not null
    """
    return await conn.value(int, sql, seller_subject, currency, mode) or 0


async def list_due_transfers(conn: Conn, modes: Collection[MoneyMode]) -> list[TransferId]:
    """Those of some modes whose time has come, at most a hundred."""
    sql = f"""
        select id
          from transfers
         where next_retry_at <= now() and mode = any($1)
         order by next_retry_at
         limit {_DUE_AT_ONCE}
    """
    return [TransferId(one) for one in await conn.column(UUID, sql, list(modes))]


async def update_resumed(tx: Tx, seller_id: UserId) -> list[TransferId]:
    """Have what a seller wasn't paid, and nobody may be at, begin anew; tell which.

    Of the modes in which they can be paid: connected in the sandbox, they aren't at Stripe.
    """
    sql = """
        with unpaid as (
            select t.id
              from transfers t
              join payout_accounts a on a.user_id = t.seller_id and a.mode = t.mode
             where t.seller_id = $1 and t.status in ('pending', 'failed')
               and t.key_used_at is null and a.status = 'connected'
             order by t.id
               for update of t
        )
           update transfers t
              set status = 'pending', tries = 0, reason = null, next_retry_at = now()
             from unpaid u
            where t.id = u.id
        returning t.id
    """
    return [TransferId(one) for one in await tx.column(UUID, sql, seller_id)]


async def find_doubtful_account(conn: Conn, transfer_id: TransferId, provider: str) -> str | None:
    """The account to which a transfer can't be paid, as far as we know."""
    sql = """
        select a.account_ref
          from transfers t
          join payout_accounts a on a.user_id = t.seller_id
         where t.id = $1 and t.status = 'pending' and t.next_retry_at <= now()
           and a.mode = t.mode and a.provider = $2 and a.status <> 'connected'
    """
    return await conn.value(str, sql, transfer_id, provider)


async def list_transfers(conn: Conn, wish: TransferQuery) -> list[StoredTransfer]:
    """Newest first."""
    where = _where(wish)
    sql = f"""
        {_SELECT_TRANSFERS}
        {where.sql}
         order by created_at desc, id desc
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(StoredTransfer, sql, *where.values)


async def count_transfers(conn: Conn, wish: TransferQuery) -> int:
    where = _where(wish)
    sql = f"select count(*) from transfers {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


async def list_transfers_by_id(
    conn: Conn, seller_id: UserId, after: TransferId | None
) -> list[StoredTransfer]:
    """What a seller gets, in the order of the ids, 500 at a time."""
    where = Where()
    where.add("seller_id = {}", seller_id)
    if after is not None:
        where.add("id > {}", after)
    sql = f"{_SELECT_TRANSFERS} {where.sql} order by id limit 500"
    return await conn.all(StoredTransfer, sql, *where.values)


async def has_open_transfers(conn: Conn, seller_id: UserId, modes: Collection[MoneyMode]) -> bool:
    """Tell whether something of some modes is on its way to a seller or back, or waits to be."""
    sql = """
        select exists (
            select from transfers t
             where t.seller_id = $1 and t.mode = any($2)
               and (t.status in ('pending', 'processing')
                    or exists (select from transfer_reversals r
                                where r.transfer_id = t.id
                                  and r.status in ('pending', 'processing')))
        )
    """
    return bool(await conn.value(bool, sql, seller_id, list(modes)))


async def update_erased(tx: Tx, seller_id: UserId) -> None:
    await tx.run("update transfers set seller_id = null where seller_id = $1", seller_id)


def _where(wish: TransferQuery) -> Where:
    where = Where()
    if wish.seller_id is not None:
        where.add("seller_id = {}", wish.seller_id)
    if wish.status is not None:
        where.add("status = {}", wish.status)
    if wish.since is not None:
        where.add("created_at >= {}", wish.since)
    if wish.until is not None:
        where.add("created_at < {}", wish.until)
    return where


async def find_open_reversal(conn: Conn, transfer_id: TransferId) -> StoredReversal | None:
    sql = """
        select id, transfer_id, amount_cents, status, key_number, key_used_at, provider_ref, reason
          from transfer_reversals
         where transfer_id = $1 and status in ('pending', 'processing')
    """
    return await conn.maybe(StoredReversal, sql, transfer_id)


async def insert_reversal(tx: Tx, reversal: StoredReversal) -> None:
    sql = """
        insert into transfer_reversals (id, transfer_id, amount_cents, status, key_number,
                                        key_used_at)
             values ($1, $2, $3, $4, $5, $6)
    """
    await tx.run(
        sql,
        reversal.id,
        reversal.transfer_id,
        reversal.amount_cents,
        reversal.status,
        reversal.key_number,
        reversal.key_used_at,
    )


async def update_reversal(tx: Tx, reversal: StoredReversal) -> None:
    sql = """
        update transfer_reversals
           set amount_cents = $2, status = $3, key_number = $4, key_used_at = $5,
               provider_ref = $6, reason = $7,
               completed_at = case when $3 = 'completed' then now() end
         where id = $1
    """
    await tx.run(
        sql,
        reversal.id,
        reversal.amount_cents,
        reversal.status,
        reversal.key_number,
        reversal.key_used_at,
        reversal.provider_ref,
        reversal.reason,
    )
