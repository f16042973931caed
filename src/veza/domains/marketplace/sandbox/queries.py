"""Every SQL statement of the domain, one function each."""

from veza.domains.marketplace.sandbox.models import (
    NewLink,
    OpenLink,
    PayoutOutcome,
    SandboxAccount,
    StoredReversal,
    StoredTransfer,
)
from veza.infra.payments.provider import (
    Payment,
    PaymentRefund,
    PaymentRequest,
    PaymentState,
    RefundRequest,
)
from veza.infra.payouts.provider import ReversalRequest, SellerFunds, TransferRequest
from veza.infra.postgres.database import Conn, Tx


async def insert_payment(tx: Tx, wish: PaymentRequest, client_secret: str) -> None:
    """Begin a payment, unless there is one of this id."""
    sql = """
        insert into sandbox_payments (id, amount_cents, currency, client_secret)
             values ($1, $2, $3, $4)
        on conflict (id) do nothing
    """
    await tx.run(sql, wish.id, wish.amount_cents, wish.currency, client_secret)


async def find_payment(conn: Conn, payment_id: str) -> Payment | None:
    sql = """
        select id, state, amount_cents, currency, client_secret, reason
          from sandbox_payments
         where id = $1
    """
    return await conn.maybe(Payment, sql, payment_id)


async def lock_payment(tx: Tx, payment_id: str) -> Payment | None:
    sql = """
        select id, state, amount_cents, currency, client_secret, reason
          from sandbox_payments
         where id = $1
           for update
    """
    return await tx.maybe(Payment, sql, payment_id)


async def update_payment(
    tx: Tx, payment_id: str, state: PaymentState, reason: str | None = None
) -> None:
    sql = "update sandbox_payments set state = $2, reason = $3 where id = $1"
    await tx.run(sql, payment_id, state, reason)


async def sum_refunds(conn: Conn, payment_id: str) -> int:
    """How much of a payment was given back."""
    sql = """
        select coalesce(sum(amount_cents), 0)::bigint from sandbox_refunds where payment_id = $1
    """
    return await conn.value(int, sql, payment_id) or 0


async def insert_refund(tx: Tx, wish: RefundRequest) -> None:
    sql = """
        insert into sandbox_refunds (id, payment_id, amount_cents, reason) values ($1, $2, $3, $4)
    """
    await tx.run(sql, wish.id, wish.payment_id, wish.amount_cents, wish.reason)


async def find_refund(conn: Conn, refund_id: str) -> PaymentRefund | None:
    sql = """
        select r.id, r.payment_id, 'succeeded' as state, r.amount_cents, p.currency
          from sandbox_refunds r
          join sandbox_payments p on p.id = r.payment_id
         where r.id = $1
    """
    return await conn.maybe(PaymentRefund, sql, refund_id)


async def insert_account(tx: Tx, ref: str, key: str) -> str:
    """Open an account, or give the one of this key."""
    sql = """
        insert into sandbox_accounts (ref, key) values ($1, $2)
            on conflict (key) do update set key = excluded.key
          returning ref
    """
    found = await tx.value(str, sql, ref, key)
    assert found is not None
    return found


async def find_account(conn: Conn, ref: str) -> SandboxAccount | None:
    sql = "select ref, is_connected, outcome from sandbox_accounts where ref = $1"
    return await conn.maybe(SandboxAccount, sql, ref)


async def find_account_by_key(conn: Conn, key: str) -> SandboxAccount | None:
    sql = "select ref, is_connected, outcome from sandbox_accounts where key = $1"
    return await conn.maybe(SandboxAccount, sql, key)


async def delete_account(tx: Tx, key: str) -> None:
    await tx.run("delete from sandbox_accounts where key = $1", key)


async def update_link(tx: Tx, ref: str, link: NewLink) -> bool:
    """Keep a link, in the place of an older one; False where there is no such account."""
    sql = """
        update sandbox_accounts
           set link_hash = $2, link_expires_at = $3, return_url = $4
         where ref = $1
    """
    return await tx.run(sql, ref, link.token_hash, link.expires_at, link.return_url) == 1


async def find_link(conn: Conn, token_hash: bytes) -> OpenLink | None:
    """A link that holds still."""
    sql = """
        select ref, return_url
          from sandbox_accounts
         where link_hash = $1 and link_expires_at > now()
    """
    return await conn.maybe(OpenLink, sql, token_hash)


async def update_connected(tx: Tx, token_hash: bytes) -> OpenLink | None:
    """Use a link that holds still: its account is connected from now on."""
    sql = """
        with used as (
            select ref, return_url
              from sandbox_accounts
             where link_hash = $1 and link_expires_at > now()
               for update
        )
        update sandbox_accounts a
           set is_connected = true, link_hash = null, link_expires_at = null, return_url = null
          from used u
         where a.ref = u.ref
     returning u.ref, u.return_url
    """
    return await tx.maybe(OpenLink, sql, token_hash)


async def update_outcome(tx: Tx, ref: str, outcome: PayoutOutcome) -> None:
    await tx.run("update sandbox_accounts set outcome = $2 where ref = $1", ref, outcome)


async def list_funds(conn: Conn, account_ref: str) -> list[SellerFunds]:
    sql = """
        select currency, sum(amount_cents - reversed_cents)::bigint as available_cents,
               0 as pending_cents
          from sandbox_transfers
         where account_ref = $1
         group by currency
         order by currency
    """
    return await conn.all(SellerFunds, sql, account_ref)


async def insert_transfer(tx: Tx, ref: str, wish: TransferRequest) -> None:
    """Pay, unless that was done under this key."""
    sql = """
        insert into sandbox_transfers (ref, key, transfer_id, transfer_group, account_ref,
                                       amount_cents, currency)
             values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (key) do nothing
    """
    await tx.run(
        sql,
        ref,
        wish.key,
        wish.transfer_id,
        wish.group,
        wish.account_ref,
        wish.amount_cents,
        wish.currency,
    )


async def find_transfer_by_key(conn: Conn, key: str) -> StoredTransfer | None:
    sql = """
        select ref, transfer_id, transfer_group, account_ref, amount_cents, currency, reversed_cents
          from sandbox_transfers
         where key = $1
    """
    return await conn.maybe(StoredTransfer, sql, key)


async def find_transfer_in_group(conn: Conn, group: str, transfer_id: str) -> StoredTransfer | None:
    sql = """
        select ref, transfer_id, transfer_group, account_ref, amount_cents, currency, reversed_cents
          from sandbox_transfers
         where transfer_group = $1 and transfer_id = $2
         order by created_at
         limit 1
    """
    return await conn.maybe(StoredTransfer, sql, group, transfer_id)


async def lock_transfer(tx: Tx, ref: str) -> StoredTransfer | None:
    sql = """
        select ref, transfer_id, transfer_group, account_ref, amount_cents, currency, reversed_cents
          from sandbox_transfers
         where ref = $1
           for update
    """
    return await tx.maybe(StoredTransfer, sql, ref)


async def find_reversal_by_key(conn: Conn, key: str) -> StoredReversal | None:
    sql = "select ref, transfer_ref, amount_cents from sandbox_reversals where key = $1"
    return await conn.maybe(StoredReversal, sql, key)


async def insert_reversal(tx: Tx, ref: str, wish: ReversalRequest) -> None:
    """Take back of a transfer, which is locked."""
    sql = """
        with taken as (
            update sandbox_transfers set reversed_cents = reversed_cents + $4 where ref = $3
         returning ref
        )
        insert into sandbox_reversals (ref, key, transfer_ref, amount_cents)
             select $1, $2, ref, $4 from taken
    """
    await tx.run(sql, ref, wish.key, wish.transfer_ref, wish.amount_cents)
