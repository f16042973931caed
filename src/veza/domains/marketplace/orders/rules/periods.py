"""Paid periods of memberships as lines of orders."""

from collections.abc import Mapping, Sequence

from msgspec import structs

from veza.core.ids import OrderItemId, SubjectId, UserId, new_id
from veza.core.money import MIN_PRICE_CENTS, Rate, take_share
from veza.domains.marketplace.memberships.models.state import NewPeriod, OrderedPeriod
from veza.domains.marketplace.orders.models.checkout import NewOrderLine
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.orders.rules.checkout import freeze_shares
from veza.domains.marketplace.prices.models import Cause, Reduction
from veza.domains.marketplace.splits.models import SplitPartForm


def make_period_lines(
    periods: Sequence[OrderedPeriod],
    subjects: Mapping[UserId, SubjectId],
    *,
    parts: Mapping[UserId, Sequence[SplitPartForm]],
    fee_rate: Rate,
) -> list[NewOrderLine]:
    """Return the lines of periods, with the platform's fee and what the parties get.

    What an upgrade takes off is for the rest of the period that it replaces.
    """
    prices = [period.terms.price_cents - period.credit_cents for period in periods]
    fees = [take_share(price, fee_rate) for price in prices]
    return [
        NewOrderLine(
            id=OrderItemId(new_id()),
            kind=LineKind.MEMBERSHIP,
            product_id=None,
            seller_id=period.profile_id,
            seller_subject=subjects[period.profile_id],
            title=period.terms.tier_name,
            licence="",
            reductions=_list_reductions(period),
            reduced_cents=period.credit_cents,
            minimum_cents=MIN_PRICE_CENTS,
            price_cents=price,
            fee_cents=fee,
            net_cents=price - fee,
            parts=freeze_shares(period.profile_id, parts[period.profile_id], subjects),
            period=period,
            message=period.message,
        )
        for period, price, fee in zip(periods, prices, fees, strict=True)
    ]


def list_periods(lines: Sequence[NewOrderLine]) -> list[NewPeriod]:
    """Return the periods of lines, as they are stored."""
    return [
        NewPeriod(
            item_id=line.id,
            membership_id=line.period.membership_id,
            number=line.period.number,
            kind=line.period.kind,
            attempt=line.period.attempt,
            keeps_method=line.period.keeps_method,
            **structs.asdict(line.period.terms),
        )
        for line in lines
        if line.period is not None
    ]


def _list_reductions(period: OrderedPeriod) -> list[Reduction]:
    if period.credit_cents == 0:
        return []
    label = period.terms.tier_name
    return [Reduction(Cause.UPGRADE, period.membership_id, label[:100], period.credit_cents)]
