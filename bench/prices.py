"""Measure the function that prices a cart: the largest one, reduced twice, beside one product."""

import time
from fractions import Fraction

from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from veza.core.ids import ProductId, UserId, new_id
from veza.domains.marketplace.orders.models.checkout import MAX_ITEMS
from veza.domains.marketplace.prices.models import BundleTerms, CartItem, DiscountTerms
from veza.domains.marketplace.prices.rules import bundle_prices, price_cart

_SELLER = UserId(new_id())


async def run(plan: Plan) -> list[Result]:
    """Measure both carts in each round."""
    one, many = _make_cart(1), _make_cart(MAX_ITEMS)
    prices = {item.product_id: item.price_cents for item in many}
    bundle = BundleTerms(new_id(), "Everything", bundle_prices(prices, sum(prices.values()) // 2))
    discount = DiscountTerms(new_id(), "SPRING", _SELLER, rate=Fraction(1, 5))
    ours: list[Sample] = []
    theirs: list[Sample] = []
    for _ in range(plan.rounds):
        ours.append(_time(plan.seconds, many, bundle, discount))
        theirs.append(_time(plan.seconds, one))
    case = Case(
        topic="prices",
        name=f"{MAX_ITEMS} products with a bundle and a code",
        reference="one product",
        unit="µs",
        is_lower_better=True,
    )
    return [compute_ratio(case, ours, theirs)]


def _make_cart(count: int) -> list[CartItem]:
    return [CartItem(ProductId(new_id()), _SELLER, 500 + place) for place in range(count)]


def _time(
    seconds: float,
    cart: list[CartItem],
    bundle: BundleTerms | None = None,
    discount: DiscountTerms | None = None,
) -> Sample:
    """Return the CPU time of a call in microseconds."""
    began, calls = time.process_time(), 0
    while time.process_time() - began < seconds:
        price_cart(cart, bundle=bundle, discount=discount)
        calls += 1
    return Sample((time.process_time() - began) * 1e6 / calls)


TOPIC = Topic("prices", run, is_compared=False)
