"""A seller of an order has transfers in parts; due ones are listed in the order of ids."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from veza.core.ids import OrderId, SubjectId, TransferId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models.state import AmountDue
from veza.domains.marketplace.payouts.models import (
    LockedTransfer,
    StoredReversal,
    StoredTransfer,
    TransferQuery,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_BATCH = 100

_COLUMNS = """
    id, order_id, seller_id, seller_subject, part, payment_provider, mode, provider, account_ref,
    due_cents, withheld_cents, amount_cents, reversed_cents, platform_fee_cents, currency, status,
    key_number, key_used_at, provider_ref, tries, retry_count, retry_id, next_retry_at, reason,
    created_at, completed_at
"""
_SELECT_TRANSFERS = f"select {_COLUMNS} from transfers"


async def insert_transfers(
    tx: Tx, order_id: OrderId, *, ids: list[TransferId], dues: list[AmountDue]
) -> None:
    """Insert the first transfer of each seller of an order, unless it exists."""
    sql = """
        insert into transfers (id, order_id, seller_id, seller_subject, payment_provider, due_cents,
                               platform_fee_cents, currency)
             select g.id, o.id, g.seller_id, g.seller_subject, o.provider, g.due_cents, g.fee_cents,
                    g.currency
               from orders o,
                    unnest(:ids::uuid[], :seller_ids::uuid[], :subjects::uuid[],
                           :due_cents::bigint[], :fee_cents::bigint[], :currencies::text[])
                    as g (id, seller_id, seller_subject, due_cents, fee_cents, currency)
              where o.id = :order_id
        on conflict (order_id, seller_subject, part) do nothing
    """
    statement = bind(
        sql,
        order_id=order_id,
        ids=ids,
        seller_ids=[due.seller_id for due in dues],
        subjects=[due.seller_subject for due in dues],
        due_cents=[due.due_cents for due in dues],
        fee_cents=[due.fee_cents for due in dues],
        currencies=[due.currency for due in dues],
    )
    await tx.run(*statement)


async def insert_next_part(
    tx: Tx, part_id: TransferId, *, transfer_id: TransferId, due_cents: int
) -> None:
    """Insert another transfer to the same seller for the same order, without a platform fee."""
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
    await tx.run(sql, part_id, transfer_id, due_cents)


async def lock_transfers_of(tx: Tx, order_id: OrderId) -> None:
    """Lock all transfers of an order. More parts may be inserted while this waits."""
    sql = "select id from transfers where order_id = $1 order by seller_subject, part for update"
    await tx.run(sql, order_id)


async def list_transfers_of(conn: Conn, order_id: OrderId) -> list[StoredTransfer]:
    """List the transfers of an order, by seller and part."""
    sql = f"{_SELECT_TRANSFERS} where order_id = $1 order by seller_subject, part"
    return await conn.all(StoredTransfer, sql, order_id)


async def find_transfer(conn: Conn, transfer_id: TransferId) -> StoredTransfer | None:
    return await conn.maybe(StoredTransfer, f"{_SELECT_TRANSFERS} where id = $1", transfer_id)


async def lock_transfer(tx: Tx, transfer_id: TransferId) -> LockedTransfer | None:
    sql = f"""
        select {_COLUMNS}, now() as locked_at, coalesce(next_retry_at <= now(), false) as is_due
          from transfers
         where id = $1
           for update
    """
    return await tx.maybe(LockedTransfer, sql, transfer_id)


async def update_transfer(tx: Tx, transfer: StoredTransfer, next_after: timedelta | None) -> None:
    """Update a transfer, which is due again after some time; None: when something changes."""
    sql = """
        update transfers
           set provider = :provider, account_ref = :account_ref, due_cents = :due_cents,
               withheld_cents = :withheld_cents, amount_cents = :amount_cents,
               reversed_cents = :reversed_cents, platform_fee_cents = :platform_fee_cents,
               status = :status, key_number = :key_number, key_used_at = :key_used_at,
               provider_ref = :provider_ref, tries = :tries, retry_count = :retry_count,
               retry_id = :retry_id, reason = :reason, completed_at = :completed_at,
               next_retry_at = now() + :next_after::interval
         where id = :id
    """
    await tx.run(*bind(sql, transfer, next_after=next_after))


async def update_due(tx: Tx, transfer: StoredTransfer) -> None:
    """Update the amount due; schedule the transfer now unless a provider call may be running."""
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
    """Return a seller's debt in a mode, in cents, less amounts withheld for it."""
    sql = """
        select -coalesce(sum(withheld_cents), 0)::bigint
          from transfers
         where seller_subject = $1 and currency = $2 and mode = $3 and withheld_cents <> 0
    """
    return await conn.value(int, sql, seller_subject, currency, mode) or 0


async def sum_unresolved(
    conn: Conn, seller_subject: SubjectId, currency: str, *, mode: MoneyMode
) -> int:
    """Return the amount possibly paid to a seller but not yet in the ledger, in cents."""
    sql = """
        select coalesce(sum(amount_cents), 0)::bigint
          from transfers
         where seller_subject = $1 and currency = $2 and mode = $3 and key_used_at is not null
    """
    return await conn.value(int, sql, seller_subject, currency, mode) or 0


async def list_due_transfers(
    conn: Conn, modes: Collection[MoneyMode], after: UUID
) -> list[TransferId]:
    """Return up to 100 transfers of these modes that are due, ordered by id, with an id above."""
    sql = f"""
        select id
          from transfers
         where next_retry_at <= now() and mode = any($1) and id > $2
         order by id
         limit {_BATCH}
    """
    return [TransferId(found) for found in await conn.column(UUID, sql, list(modes), after)]


async def lock_resumable(tx: Tx, seller_id: UserId) -> list[TransferId]:
    """Lock and return a seller's pending and failed transfers without a call in progress.

    Only in the modes in which the seller is connected: connected in the sandbox isn't connected at
    Stripe.
    """
    sql = """
        select t.id
          from transfers t
          join payout_accounts a on a.user_id = t.seller_id and a.mode = t.mode
         where t.seller_id = $1 and t.status in ('pending', 'failed')
           and t.key_used_at is null and a.status = 'connected'
         order by t.id
           for update of t
    """
    return [TransferId(found) for found in await tx.column(UUID, sql, seller_id)]


async def update_resumed(tx: Tx, transfer_ids: Collection[TransferId]) -> None:
    """Restart locked transfers."""
    sql = """
        update transfers
           set status = 'pending', tries = 0, reason = null, next_retry_at = now()
         where id = any($1)
    """
    await tx.run(sql, list(transfer_ids))


async def find_blocking_account(conn: Conn, transfer_id: TransferId, provider: str) -> str | None:
    """Return the account that isn't connected, as far as we know, and blocks a due transfer."""
    sql = """
        select a.account_ref
          from transfers t
          join payout_accounts a on a.user_id = t.seller_id
         where t.id = $1 and t.status = 'pending' and t.next_retry_at <= now()
           and a.mode = t.mode and a.provider = $2 and a.status <> 'connected'
    """
    return await conn.value(str, sql, transfer_id, provider)


async def list_transfers(conn: Conn, query: TransferQuery) -> list[StoredTransfer]:
    """List transfers, newest first."""
    where = _where(query)
    sql = f"""
        {_SELECT_TRANSFERS}
        {where.sql}
         order by created_at desc, id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(StoredTransfer, sql, *where.values)


async def count_transfers(conn: Conn, query: TransferQuery) -> int:
    where = _where(query)
    sql = f"select count(*) from transfers {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


def _where(query: TransferQuery) -> Where:
    where = Where()
    where.add_filter("seller_id = {}", query.seller_id)
    where.add_filter("status = {}", query.status)
    where.add_filter("created_at >= {}", query.since)
    where.add_filter("created_at < {}", query.until)
    return where


async def list_transfers_by_id(conn: Conn, seller_id: UserId) -> list[StoredTransfer]:
    """List all transfers of a seller by id."""
    sql = f"{_SELECT_TRANSFERS} where seller_id = $1 order by id"
    return await conn.every(StoredTransfer, sql, seller_id)


async def has_open_transfers(conn: Conn, seller_id: UserId, modes: Collection[MoneyMode]) -> bool:
    """Return whether a seller has unsettled transfers or reversals in these modes."""
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
             values (:id, :transfer_id, :amount_cents, :status, :key_number, :key_used_at)
    """
    await tx.run(*bind(sql, reversal))


async def update_reversal(tx: Tx, reversal: StoredReversal) -> None:
    sql = """
        update transfer_reversals
           set amount_cents = :amount_cents, status = :status, key_number = :key_number,
               key_used_at = :key_used_at, provider_ref = :provider_ref, reason = :reason,
               completed_at = case when :status = 'completed' then now() end
         where id = :id
    """
    await tx.run(*bind(sql, reversal))
