"""Prices of carts: offers, bundles and codes, and what always holds of their sums."""

from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.errors import Invalid
from veza.core.ids import ProductId, UserId
from veza.core.money import MIN_PRICE_CENTS
from veza.domains.marketplace.prices.errors import PriceChanged, PriceTooLow
from veza.domains.marketplace.prices.models import (
    BundleTerms,
    CartItem,
    Cause,
    DiscountTerms,
    MemberTerms,
)
from veza.domains.marketplace.prices.rules import bundle_prices, price_cart
from veza.domains.marketplace.products.models.forms import Pricing

ANN, BEN = UserId(uuid4()), UserId(uuid4())
CHOOSE = Pricing.PAY_WHAT_YOU_WANT


def item(cents, offered=None, *, pricing=Pricing.FIXED, seller=ANN):
    return CartItem(ProductId(uuid4()), seller, cents, pricing, offered)


def code(rate=None, cents=0, *products, seller=ANN):
    only = frozenset(product.product_id for product in products) or None
    rate = None if rate is None else Fraction(rate, 100)
    return DiscountTerms(uuid4(), "SPRING", seller, only, rate, cents)


def bundle(*items, cents):
    prices = {each.product_id: each.price_cents for each in items}
    return BundleTerms(uuid4(), "All of it", bundle_prices(prices, cents))


def member(percent, seller=ANN):
    return MemberTerms(uuid4(), "Gold", seller, Fraction(percent, 100))


def pay(*cart, **terms):
    return [each.price_cents for each in price_cart(cart, **terms)]


def causes(priced):
    return [(each.cause, each.amount_cents) for each in priced.reductions]


@pytest.mark.parametrize(
    ("minimum", "offered", "paid"),
    [(500, None, 500), (500, 500, 500), (500, 501, 501), (0, None, 0), (0, 0, 0), (0, 50, 50)],
)
def test_a_buyer_pays_the_least_price_or_more(minimum, offered, paid):
    [priced] = price_cart([item(minimum, offered, pricing=CHOOSE)])
    assert (priced.price_cents, priced.minimum_cents) == (paid, minimum)
    assert (priced.list_cents, priced.reductions) == (paid, [])


@pytest.mark.parametrize(
    ("pricing", "minimum", "offered", "refusal"),
    [
        (Pricing.FIXED, 500, 499, PriceChanged),
        (Pricing.FIXED, 500, 501, PriceChanged),
        (Pricing.FIXED, 500, 0, PriceChanged),
        (CHOOSE, 500, 499, PriceTooLow),
        (CHOOSE, 500, 0, PriceTooLow),
        (CHOOSE, 0, 49, Invalid),
    ],
)
def test_other_prices_are_refused(pricing, minimum, offered, refusal):
    with pytest.raises(refusal):
        price_cart([item(minimum, offered, pricing=pricing)])


def test_a_rate_is_taken_off_each_price_of_the_seller():
    assert pay(item(999), item(1000), item(800, seller=BEN), discount=code(25)) == [749, 750, 800]


def test_an_amount_is_divided_among_what_it_is_for_and_never_more_than_that():
    first, second, third = item(1000), item(500), item(700)
    assert pay(first, second, third, discount=code(None, 300, first, second)) == [800, 400, 700]
    assert pay(first, second, discount=code(None, 9999)) == [0, 0]
    assert pay(item(0), discount=code(None, 300)) == [0]


def test_a_bundle_divides_its_price_and_owned_products_take_their_part_away():
    first, second, third = item(1000), item(600), item(400)
    terms = bundle(first, second, third, cents=1500)
    assert pay(first, second, third, bundle=terms) == [750, 450, 300]
    assert pay(second, third, bundle=terms) == [450, 300]
    # One that costs more than its products reduces nothing.
    assert pay(first, bundle=bundle(first, second, cents=9999)) == [1000]
    assert pay(item(0), bundle=bundle(item(0), cents=0)) == [0]


def test_a_code_applies_to_what_a_bundle_leaves_and_both_are_named():
    first = item(1000)
    [priced] = price_cart([first], bundle=bundle(first, cents=800), discount=code(50))
    assert causes(priced) == [(Cause.BUNDLE, 200), (Cause.CODE, 400)]
    assert [each.label for each in priced.reductions] == ["All of it", "SPRING"]
    assert (priced.list_cents, priced.price_cents, priced.minimum_cents) == (1000, 400, 400)


def test_members_pay_less_for_the_products_of_their_profiles():
    first, second = item(1000), item(1000, seller=BEN)
    assert pay(first, second, memberships=[member(10)]) == [900, 1000]
    assert pay(first, second, memberships=[member(10), member(30, BEN)]) == [900, 700]
    [priced] = price_cart(
        [first], bundle=bundle(first, cents=800), memberships=[member(10)], discount=code(50)
    )
    expected = [(Cause.BUNDLE, 200), (Cause.MEMBERSHIP, 80), (Cause.CODE, 360)]
    assert (causes(priced), priced.price_cents) == (expected, 360)


def test_more_than_the_reduced_price_leaves_less_of_the_reductions():
    def offer(cents):
        [priced] = price_cart(
            [first := item(1000, cents, pricing=CHOOSE)],
            bundle=bundle(first, cents=800),
            discount=code(50),
        )
        return priced.list_cents, priced.price_cents, priced.minimum_cents, causes(priced)

    assert offer(700) == (1000, 700, 400, [(Cause.BUNDLE, 200), (Cause.CODE, 100)])
    assert offer(900) == (1000, 900, 400, [(Cause.BUNDLE, 100)])
    assert offer(1200) == (1200, 1200, 400, [])
    with pytest.raises(PriceTooLow):
        offer(399)


def test_the_price_that_a_buyer_saw_is_the_reduced_one():
    assert pay(item(1000, 500), discount=code(50)) == [500]
    with pytest.raises(PriceChanged):
        price_cart([item(1000, 1000)], discount=code(50))


def test_a_total_too_small_for_a_payment_keeps_fifty_cents():
    first, second = item(60), item(0)
    priced = price_cart([first, second], discount=code(90))
    assert [each.price_cents for each in priced] == [50, 0]
    assert causes(priced[0]) == [(Cause.CODE, 10)]
    assert pay(item(60), item(60), discount=code(90)) == [6, 44]
    assert pay(first, discount=code(100)) == [0]


_CENTS = st.one_of(st.just(0), st.integers(MIN_PRICE_CENTS, 5_000))


@given(
    carts=st.lists(st.tuples(_CENTS, st.booleans(), st.integers(0, 6_000)), min_size=1, max_size=6),
    bundled=st.integers(0, 20_000) | st.none(),
    rate=st.integers(0, 100) | st.none(),
    amount=st.integers(0, 20_000),
    has_code=st.booleans(),
    percents=st.lists(st.integers(0, 100), max_size=2),
)
def test_reductions_add_up_and_no_price_is_negative(
    carts, bundled, rate, amount, has_code, percents
):
    cart = [
        item(
            cents,
            pricing=CHOOSE if chooses else Pricing.FIXED,
            seller=BEN if more % 5 == 0 else ANN,
        )
        for cents, chooses, more in carts
    ]
    terms = {
        "bundle": None if bundled is None else bundle(*cart[1:], cents=bundled),
        "memberships": [member(percent) for percent in percents],
        "discount": code(rate, amount) if has_code else None,
    }
    least = price_cart(cart, **terms)
    for each, product in zip(least, cart, strict=True):
        assert 0 <= each.price_cents == each.minimum_cents <= each.list_cents
        assert each.list_cents == product.price_cents
        assert each.list_cents - each.price_cents == sum(r.amount_cents for r in each.reductions)
        assert all(r.amount_cents > 0 for r in each.reductions)
        assert not (has_code and product.seller_id == BEN and causes(each)[1:])
    total = sum(each.price_cents for each in least)
    assert total == 0 or total >= MIN_PRICE_CENTS
    # Offers: what was shown is accepted, and more is paid as offered.
    offered = [
        max(each.minimum_cents, more, MIN_PRICE_CENTS)
        if product.pricing is CHOOSE
        else each.minimum_cents
        for each, product, (_, _, more) in zip(least, cart, carts, strict=True)
    ]
    chosen = price_cart(
        [
            CartItem(each.product_id, each.seller_id, each.price_cents, each.pricing, cents)
            for each, cents in zip(cart, offered, strict=True)
        ],
        **terms,
    )
    assert [each.price_cents for each in chosen] == offered
    for each, before in zip(chosen, least, strict=True):
        assert each.minimum_cents == before.minimum_cents
        assert each.list_cents - each.price_cents == sum(r.amount_cents for r in each.reductions)


def test_the_ids_of_causes_are_kept():
    first = item(1000)
    terms = code(10)
    [priced] = price_cart([first], discount=terms)
    assert [each.reference_id for each in priced.reductions] == [UUID(str(terms.id))]
