"""What has to be right of a market: at every moment, and besides once nothing is left to be done.

What our own database can say of itself `veza ledger verify` says; here it is held against the books
of the companies.
"""

from collections import Counter
from datetime import datetime

from msgspec import Struct

from tests.money.market import Market
from veza.core.ids import OrderId, OrderItemId, RefundId, SubjectId
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import AccountKind, InvariantViolation
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds.rules import refund_ref
from veza.infra.postgres.database import Conn
from veza.operations.verification import ledger as verify_ledger

_ORDERS = "select id, status, total_cents, currency, paid_at, came_late, is_flagged from orders"
_LINES = """
    select i.id, i.order_id, exists (select from licences l where l.item_id = i.id) as is_held,
           i.refunded_at is not null
           or i.price_cents > 0
          and i.price_cents <= coalesce((select sum(s.amount_cents)
                                           from dispute_shares s
                                           join order_disputes d on d.id = s.dispute_id
                                          where s.item_id = i.id and d.status = 'lost'), 0)
               as is_back
      from order_items i
"""
# What each line earns now, and by which parts.
_EARNED = """
    select i.id, o.currency,
           case when i.refunded_at is not null then 0
                else i.net_cents - coalesce((select sum(s.net_cents)
                                               from dispute_shares s
                                               join order_disputes d on d.id = s.dispute_id
                                              where s.item_id = i.id
                                                and d.status in ('open', 'lost')), 0)
           end::bigint as due_cents,
           array(select p.party_subject from order_item_parts p
                  where p.item_id = i.id order by p.position)
           || case when exists (select from order_item_parts p where p.item_id = i.id)
                   then '{}' else array[i.seller_subject] end as subjects,
           array(select p.parts_per_10000 from order_item_parts p
                  where p.item_id = i.id order by p.position)
           || case when exists (select from order_item_parts p where p.item_id = i.id)
                   then '{}' else array[10000] end as parts
      from order_items i
      join orders o on o.id = i.order_id
     where o.paid_at is not null and not o.came_late
"""
_REFUNDS = "select id, order_id, amount_cents, status from refunds"
_SELLERS = """
    select s.id as subject_id, p.account_ref,
           coalesce(p.status = 'connected', false) as is_connected, sold.currency,
           sold.cents as sold_cents, coalesce(due.cents, 0) as due_cents,
           coalesce(due.owed_cents, 0) as owed_cents,
           coalesce(earned.balance_cents, 0) as earned_cents,
           coalesce(paid.balance_cents, 0) as paid_cents
      from (select coalesce(p.party_subject, i.seller_subject) as seller_subject, o.currency,
                   sum(coalesce(p.net_cents, i.net_cents))::bigint as cents
              from order_items i
              join orders o on o.id = i.order_id
              left join order_item_parts p on p.item_id = i.id
             where o.paid_at is not null
               and not o.came_late
             group by coalesce(p.party_subject, i.seller_subject), o.currency) as sold
      join ledger_subjects s on s.id = sold.seller_subject
      left join (select seller_subject, currency, sum(due_cents)::bigint as cents,
                        -sum(withheld_cents)::bigint as owed_cents
                   from transfers
                  group by seller_subject, currency) as due using (seller_subject, currency)
      left join payout_accounts p on p.user_id = s.user_id
      left join (ledger_accounts e join ledger_balances earned on earned.account_number = e.number)
        on e.key = 'earned:' || s.id || ':' || sold.currency
      left join (ledger_accounts a join ledger_balances paid on paid.account_number = a.number)
        on a.key = 'paid:' || s.id || ':' || sold.currency
"""


class _Order(Struct, frozen=True):
    id: OrderId
    status: OrderStatus
    total_cents: int
    currency: str
    paid_at: datetime | None
    came_late: bool
    is_flagged: bool


class _Line(Struct, frozen=True):
    id: OrderItemId
    order_id: OrderId
    is_held: bool
    is_back: bool


class _Earned(Struct, frozen=True):
    id: OrderItemId
    currency: str
    due_cents: int
    subjects: list[SubjectId]
    parts: list[int]


class _Refund(Struct, frozen=True):
    id: RefundId
    order_id: OrderId
    amount_cents: int
    status: str


class _Seller(Struct, frozen=True):
    """What somebody earned of all that was ever sold, what is due of it now, and what they have."""

    subject_id: SubjectId
    account_ref: str | None
    is_connected: bool
    currency: str
    sold_cents: int
    due_cents: int
    owed_cents: int
    earned_cents: int
    paid_cents: int


async def ensure_possible(market: Market) -> list[InvariantViolation]:
    """Hold what is right at every moment, whatever is under way; return what is."""
    async with market.database.read() as conn:
        under_way = await verify_ledger.find_violations(conn)
        assert [one for one in under_way if not one.is_under_way] == []
        sellers = await conn.all(_Seller, _SELLERS)
        refunds = await conn.all(_Refund, _REFUNDS)
        paid = _list_paid(market, await conn.all(_Order, _ORDERS))
        held = [line for line in await conn.all(_Line, _LINES) if line.is_held]
    # Nothing is had that isn't paid.
    assert {line.order_id for line in held} <= {order.id for order in paid}
    _ensure_nobody_is_paid_too_much(market, sellers)
    _ensure_nothing_goes_back_twice(market, refunds)
    return under_way


async def ensure_settled(market: Market) -> None:
    """Hold what is right at every moment, and besides once nothing is left to be done."""
    under_way = await ensure_possible(market)
    async with market.database.read() as conn:
        sellers = await conn.all(_Seller, _SELLERS)
        are_there = all(seller.is_connected for seller in sellers) and not market.erased
        _ensure_only_people_are_waited_for(under_way, are_there=are_there)
        dues = _divide_earned(await conn.all(_Earned, _EARNED))
        found = await conn.all(_Order, _ORDERS)
        paid = _list_paid(market, found)
        # All that the bank knows to be paid is, and nothing else.
        assert {order.id for order in found if order.paid_at} == {order.id for order in paid}
        _ensure_all_is_had(paid, await conn.all(_Line, _LINES))
        _ensure_refunds_are_the_companys(market, await conn.all(_Refund, _REFUNDS))
        await _ensure_books_are_the_companies(conn, market, paid)
    for seller in sellers:
        assert seller.due_cents == dues[seller.subject_id, seller.currency], seller
        _ensure_seller_has_theirs(market, seller)


def _divide_earned(lines: list[_Earned]) -> Counter[tuple[SubjectId, str]]:
    """Return what is due to each party of all that was sold: its exact part, rounded by lines.

    The cents that are left go to the largest fractions, and of equal ones to the earlier party.
    """
    dues: Counter[tuple[SubjectId, str]] = Counter()
    for line in lines:
        whole = [line.due_cents * part // 10_000 for part in line.parts]
        left = line.due_cents - sum(whole)
        fractions = [-(line.due_cents * part % 10_000) for part in line.parts]
        for place in sorted(range(len(whole)), key=fractions.__getitem__)[:left]:
            whole[place] += 1
        for subject, cents in zip(line.subjects, whole, strict=True):
            dues[subject, line.currency] += cents
    return dues


def _ensure_only_people_are_waited_for(found: list[InvariantViolation], *, are_there: bool) -> None:
    """Hold that all ended but what sellers or admins have to see to."""
    assert all(one.is_under_way for one in found), found
    awaited = {"a late payment is refunded"}
    awaited |= set() if are_there else {"a seller was paid what is due, less what is withheld"}
    assert {one.rule for one in found} <= awaited, found


def _list_paid(market: Market, found: list[_Order]) -> list[_Order]:
    """List the orders for which the bank took the sum that they cost."""
    return [order for order in found if _is_paid(market, order)]


def _is_paid(market: Market, order: _Order) -> bool:
    payment = market.payments.payments.get(settlement.payment_ref(order.id))
    if payment is None:
        return order.total_cents == 0 and order.paid_at is not None
    sum_paid = (payment["amount_received"], payment["currency"])
    return payment["status"] == "succeeded" and sum_paid == (order.total_cents, order.currency)


def _ensure_nobody_is_paid_too_much(market: Market, sellers: list[_Seller]) -> None:
    done = market.payouts.transfers.values()
    assert max(Counter(one["metadata"]["transfer_id"] for one in done).values(), default=1) == 1
    for seller in sellers:
        assert _paid_cents(market, seller) <= seller.sold_cents, seller
    known = {(seller.account_ref, seller.currency) for seller in sellers}
    paid = {(one["destination"], one["currency"].upper()) for one in done}
    assert {one for one in paid if one[0] not in market.erased} <= known


def _ensure_nothing_goes_back_twice(market: Market, refunds: list[_Refund]) -> None:
    ours = {refund_ref(refund.id): refund for refund in refunds}
    for ref, done in market.payments.refunds.items():
        refund = ours[ref]
        assert (done["payment_id"], done["amount"]) == (
            settlement.payment_ref(refund.order_id),
            refund.amount_cents,
        )


def _ensure_all_is_had(paid: list[_Order], lines: list[_Line]) -> None:
    """Hold that whoever paid has all of it but what was given back, and nobody else has it."""
    sold = {order.id for order in paid if not order.came_late}
    for line in lines:
        assert line.is_held == (line.order_id in sold and not line.is_back), line
    # What came late went back; or the company won't, and people see to it.
    late = [order for order in paid if order.came_late and not order.is_flagged]
    assert all(order.status is OrderStatus.REFUNDED for order in late)


def _ensure_refunds_are_the_companys(market: Market, refunds: list[_Refund]) -> None:
    done = {ref for ref, one in market.payments.refunds.items() if one["status"] == "succeeded"}
    assert done == {refund_ref(refund.id) for refund in refunds if refund.status == "made"}


async def _ensure_books_are_the_companies(conn: Conn, market: Market, paid: list[_Order]) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    for total in await ledger_queries.list_totals(conn):
        totals[total.kind, total.currency] = total.balance_cents
    for currency in {currency for _, currency in totals}:
        own = [order for order in paid if order.currency == currency]
        received = sum(order.total_cents for order in own)
        gone = _sum_gone(market, own)
        ours = {kind: totals[kind, currency] for kind in AccountKind}
        sellers = ours[AccountKind.EARNED] + ours[AccountKind.PAID]
        platform = ours[AccountKind.FEES] + ours[AccountKind.RETURNS]
        assert received == sellers + platform + gone
        assert -ours[AccountKind.PAYOUTS] == _sum_transferred(market, currency)
        assert -ours[AccountKind.PAYMENTS] == received - gone - _sum_transferred(market, currency)


def _sum_gone(market: Market, paid: list[_Order]) -> int:
    """Tell what buyers have back of orders, or their banks: by refunds, and disputes not won."""
    refs = {settlement.payment_ref(order.id) for order in paid}
    refunds = [one for one in market.payments.refunds.values() if one["status"] == "succeeded"]
    disputes = [
        one for one in market.payments.disputes.values() if one["dispute_status"] != "dispute_won"
    ]
    return sum(int(one["amount"]) for one in refunds + disputes if one["payment_id"] in refs)


def _sum_transferred(market: Market, currency: str) -> int:
    return sum(
        one["amount"] - one["amount_reversed"]
        for one in market.payouts.transfers.values()
        if one["currency"].upper() == currency
    )


def _ensure_seller_has_theirs(market: Market, seller: _Seller) -> None:
    assert seller.paid_cents == _paid_cents(market, seller)
    assert seller.earned_cents + seller.paid_cents == seller.due_cents
    if seller.is_connected:
        # Whatever they have too much is known to be owed, and nothing else is left.
        assert seller.earned_cents == -seller.owed_cents <= 0, seller


def _paid_cents(market: Market, seller: _Seller) -> int:
    return sum(
        one["amount"] - one["amount_reversed"]
        for one in market.payouts.transfers.values()
        if (one["destination"], one["currency"].upper()) == (seller.account_ref, seller.currency)
    )
