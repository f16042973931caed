"""What a shop and its companies have in their books, in one shape: to be compared."""

from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from tests.journeys.companies import Companies
from veza.core.ids import RefundId
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import AccountKind
from veza.domains.marketplace.refunds.rules import refund_ref
from veza.infra.postgres.database import Conn

type Json = dict[str, Any]


class Payment(Struct, frozen=True, order=True):
    """What came in for an order; 0 where nothing did."""

    ref: str
    cents: int


class Refund(Struct, frozen=True, order=True):
    """What went back of a payment, or did not."""

    ref: str
    payment_ref: str
    cents: int
    status: str


class Transfer(Struct, frozen=True, order=True):
    """What a seller was paid, and what was taken back of it."""

    ref: str
    transfer_id: str
    order_id: str
    account_ref: str
    cents: int
    reversed_cents: int


class Reversal(Struct, frozen=True, order=True):
    """What was taken back of a transfer at once."""

    ref: str
    transfer_ref: str
    cents: int


class Books(Struct, frozen=True):
    """All that moved, each sorted; and what the companies have of buyers, and sellers of them."""

    payments: list[Payment]
    refunds: list[Refund]
    transfers: list[Transfer]
    reversals: list[Reversal]
    taken_cents: int
    paid_cents: int


def read_theirs(companies: Companies) -> Books:
    """Read the companies' books."""
    bank, stripe = companies.bank, companies.stripe
    return Books(
        payments=sorted(
            Payment(ref, one["amount_received"] or 0) for ref, one in bank.payments.items()
        ),
        refunds=sorted(
            Refund(ref, one["payment_id"], one["amount"], one["status"])
            for ref, one in bank.refunds.items()
        ),
        transfers=sorted(map(_read_transfer, stripe.transfers.values())),
        reversals=sorted(
            Reversal(one["id"], one["transfer"], one["amount"]) for one in stripe.reversals
        ),
        taken_cents=bank.net_cents,
        paid_cents=sum(map(stripe.paid_cents, stripe.accounts)),
    )


async def read_ours(conn: Conn) -> Books:
    """Read our books: the rows of what was done, and what the ledger sums up to."""
    held = {total.kind: total.balance_cents for total in await ledger_queries.list_totals(conn)}
    return Books(
        payments=sorted(await _list_payments(conn)),
        refunds=sorted(await _list_refunds(conn)),
        transfers=sorted(await _list_transfers(conn)),
        reversals=sorted(await _list_reversals(conn)),
        taken_cents=-held[AccountKind.PAYMENTS] - held[AccountKind.PAYOUTS],
        paid_cents=-held[AccountKind.PAYOUTS],
    )


def _read_transfer(one: Json) -> Transfer:
    return Transfer(
        ref=one["id"],
        transfer_id=one["metadata"]["transfer_id"],
        order_id=one["transfer_group"],
        account_ref=one["destination"],
        cents=one["amount"],
        reversed_cents=one["amount_reversed"],
    )


async def _list_payments(conn: Conn) -> list[Payment]:
    sql = """
        select payment_ref as ref,
               case when paid_at is null then 0 else total_cents end as cents
          from orders
    """
    return await conn.all(Payment, sql)


async def _list_refunds(conn: Conn) -> list[Refund]:
    sql = """
        select r.id::text as ref, o.payment_ref, r.amount_cents as cents,
               case r.status when 'made' then 'succeeded' else r.status end as status
          from refunds r
          join orders o on o.id = r.order_id
    """
    found = await conn.all(Refund, sql)
    return [structs.replace(one, ref=refund_ref(RefundId(UUID(one.ref)))) for one in found]


async def _list_transfers(conn: Conn) -> list[Transfer]:
    """Those that moved something: the others were netted, or taken back before they were paid."""
    sql = """
        select provider_ref as ref, id::text as transfer_id, order_id::text, account_ref,
               amount_cents as cents, reversed_cents
          from transfers
         where amount_cents > 0
    """
    return await conn.all(Transfer, sql)


async def _list_reversals(conn: Conn) -> list[Reversal]:
    sql = """
        select r.provider_ref as ref, t.provider_ref as transfer_ref, r.amount_cents as cents
          from transfer_reversals r
          join transfers t on t.id = r.transfer_id
         where r.status <> 'failed'
    """
    return await conn.all(Reversal, sql)
