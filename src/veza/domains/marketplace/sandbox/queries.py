"""Payments, accounts and transfers are inserted once for a key; links are used up."""

from veza.domains.marketplace.sandbox.models import (
    KeptMethod,
    KnownPayment,
    LaterCharges,
    NewOnboardingLink,
    OnboardingLink,
    PayoutOutcome,
    SandboxAccount,
    SandboxReversal,
    SandboxTransfer,
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
from veza.infra.postgres.parameters import bind

_PAYMENT = """
    id, state, amount_cents, currency, client_secret, reason,
    case when state = 'succeeded' then method_id end as method_id,
    is_charge and state = 'pending' as is_action_required
"""
_FIND_PAYMENT = f"select {_PAYMENT} from sandbox_payments where id = $1"
_TRANSFER = """
    ref, transfer_id, transfer_group, account_ref, amount_cents, currency, reversed_cents
"""


async def insert_payment(tx: Tx, request: PaymentRequest, client_secret: str) -> Payment:
    """Insert a payment, or find the existing payment with this id; return it."""
    sql = f"""
        insert into sandbox_payments (id, amount_cents, currency, client_secret, customer_id,
                                      keeps_method)
             values (:id, :amount_cents, :currency, :client_secret, :customer_id, :keeps_method)
        on conflict (id) do update set id = excluded.id
          returning {_PAYMENT}
    """
    return await tx.one(Payment, *bind(sql, request, client_secret=client_secret))


async def insert_charge(tx: Tx, charge: Payment, customer_id: str | None) -> None:
    """Insert the payment of a charge; do nothing if its id exists."""
    sql = """
        insert into sandbox_payments (id, amount_cents, currency, client_secret, state, reason,
                                      customer_id, method_id, is_charge)
             values (:id, :amount_cents, :currency, :client_secret, :state, :reason,
                     :customer_id, :method_id, true)
        on conflict (id) do nothing
    """
    await tx.run(*bind(sql, charge, customer_id=customer_id))


async def find_payment(conn: Conn, payment_id: str) -> Payment | None:
    return await conn.maybe(Payment, _FIND_PAYMENT, payment_id)


async def lock_payment(tx: Tx, payment_id: str) -> Payment | None:
    return await tx.maybe(Payment, f"{_FIND_PAYMENT} for update", payment_id)


async def update_payment(
    tx: Tx, payment_id: str, state: PaymentState, reason: str | None = None
) -> None:
    sql = "update sandbox_payments set state = $2, reason = $3 where id = $1"
    await tx.run(sql, payment_id, state, reason)


async def lock_method(tx: Tx, customer_id: str, method_id: str) -> LaterCharges | None:
    """Lock a method of a customer, so that it stays while it is charged; return how it ends."""
    sql = """
        select later_charges
          from sandbox_methods
         where id = $2 and customer_id = $1
           for share
    """
    return await tx.value(LaterCharges, sql, customer_id, method_id)


async def insert_method(
    tx: Tx, payment_id: str, method_id: str, later_charges: LaterCharges
) -> bool:
    """Keep the method of a locked payment; return False if it has one, or didn't ask for it."""
    sql = """
        with kept as (
            update sandbox_payments
               set method_id = $2
             where id = $1 and keeps_method and customer_id is not null and method_id is null
         returning customer_id, method_id
        )
        insert into sandbox_methods (id, customer_id, later_charges)
             select method_id, customer_id, $3 from kept
    """
    return await tx.run(sql, payment_id, method_id, later_charges) == 1


async def update_method(tx: Tx, payment_id: str, later_charges: LaterCharges) -> None:
    """Change how charges of the method of a payment end."""
    sql = """
        update sandbox_methods m
           set later_charges = $2
          from sandbox_payments p
         where p.id = $1 and m.id = p.method_id
    """
    await tx.run(sql, payment_id, later_charges)


async def delete_method(tx: Tx, customer_id: str, method_id: str) -> None:
    sql = "delete from sandbox_methods where id = $2 and customer_id = $1"
    await tx.run(sql, customer_id, method_id)


async def delete_methods(tx: Tx, customer_id: str) -> None:
    await tx.run("delete from sandbox_methods where customer_id = $1", customer_id)


async def update_customer_gone(tx: Tx, customer_id: str) -> None:
    """Remove a customer and their methods from payments."""
    sql = """
        update sandbox_payments
           set customer_id = null, method_id = null
         where customer_id = $1
    """
    await tx.run(sql, customer_id)


async def list_methods(conn: Conn, customer_id: str) -> list[KeptMethod]:
    sql = """
        select id, later_charges, created_at
          from sandbox_methods
         where customer_id = $1
         order by created_at, id
    """
    return await conn.all(KeptMethod, sql, customer_id)


async def list_payments(conn: Conn, customer_id: str) -> list[KnownPayment]:
    sql = """
        select id, amount_cents, currency, state, method_id, created_at
          from sandbox_payments
         where customer_id = $1
         order by created_at, id
    """
    return await conn.all(KnownPayment, sql, customer_id)


async def sum_refunds(conn: Conn, payment_id: str) -> int:
    """Return how much of a payment was refunded, in cents."""
    sql = """
        select coalesce(sum(amount_cents), 0)::bigint from sandbox_refunds where payment_id = $1
    """
    return await conn.value(int, sql, payment_id) or 0


async def insert_refund(tx: Tx, request: RefundRequest) -> None:
    sql = """
        insert into sandbox_refunds (id, payment_id, amount_cents, reason)
             values (:id, :payment_id, :amount_cents, :reason)
    """
    await tx.run(*bind(sql, request))


async def find_refund(conn: Conn, refund_id: str) -> PaymentRefund | None:
    sql = """
        select r.id, r.payment_id, 'succeeded' as state, r.amount_cents, p.currency
          from sandbox_refunds r
          join sandbox_payments p on p.id = r.payment_id
         where r.id = $1
    """
    return await conn.maybe(PaymentRefund, sql, refund_id)


async def insert_account(tx: Tx, ref: str, key: str) -> str:
    """Insert an account, or find the existing account with this key; return its ref."""
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


async def update_link(tx: Tx, ref: str, link: NewOnboardingLink) -> bool:
    """Replace the link of an account; return False if there is no such account."""
    sql = """
        update sandbox_accounts
           set link_hash = :token_hash, link_expires_at = :expires_at, return_url = :return_url
         where ref = :ref
    """
    return await tx.run(*bind(sql, link, ref=ref)) == 1


async def find_link(conn: Conn, token_hash: bytes) -> OnboardingLink | None:
    """Return a link that hasn't expired."""
    sql = """
        select ref, return_url
          from sandbox_accounts
         where link_hash = $1 and link_expires_at > now()
    """
    return await conn.maybe(OnboardingLink, sql, token_hash)


async def update_connected(tx: Tx, token_hash: bytes) -> OnboardingLink | None:
    """Use a link that hasn't expired: delete it and connect its account."""
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
    return await tx.maybe(OnboardingLink, sql, token_hash)


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


async def insert_transfer(tx: Tx, ref: str, request: TransferRequest) -> None:
    """Insert a transfer; do nothing if its key exists."""
    sql = """
        insert into sandbox_transfers (ref, key, transfer_id, transfer_group, account_ref,
                                       amount_cents, currency)
             values (:ref, :key, :transfer_id, :group, :account_ref, :amount_cents, :currency)
        on conflict (key) do nothing
    """
    await tx.run(*bind(sql, request, ref=ref))


async def find_transfer_by_key(conn: Conn, key: str) -> SandboxTransfer | None:
    sql = f"select {_TRANSFER} from sandbox_transfers where key = $1"
    return await conn.maybe(SandboxTransfer, sql, key)


async def find_transfer_in_group(
    conn: Conn, group: str, transfer_id: str
) -> SandboxTransfer | None:
    sql = f"""
        select {_TRANSFER}
          from sandbox_transfers
         where transfer_group = $1 and transfer_id = $2
         order by created_at
         limit 1
    """
    return await conn.maybe(SandboxTransfer, sql, group, transfer_id)


async def lock_transfer(tx: Tx, ref: str) -> SandboxTransfer | None:
    sql = f"select {_TRANSFER} from sandbox_transfers where ref = $1 for update"
    return await tx.maybe(SandboxTransfer, sql, ref)


async def find_reversal_by_key(conn: Conn, key: str) -> SandboxReversal | None:
    sql = "select ref, transfer_ref, amount_cents from sandbox_reversals where key = $1"
    return await conn.maybe(SandboxReversal, sql, key)


async def insert_reversal(tx: Tx, ref: str, request: ReversalRequest) -> None:
    """Insert a reversal of a locked transfer."""
    sql = """
        with reversed as (
            update sandbox_transfers
               set reversed_cents = reversed_cents + :amount_cents
             where ref = :transfer_ref
         returning ref
        )
        insert into sandbox_reversals (ref, key, transfer_ref, amount_cents)
             select :ref, :key, ref, :amount_cents from reversed
    """
    await tx.run(*bind(sql, request, ref=ref))
