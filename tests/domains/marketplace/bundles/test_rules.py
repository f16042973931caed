"""Prices of bundles: owned products take their part away, and what is shown is what is paid."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.errors import Invalid
from veza.core.ids import BundleId, ProductId, UserId
from veza.core.money import MIN_PRICE_CENTS
from veza.core.people import Appearance
from veza.domains.marketplace.bundles import rules
from veza.domains.marketplace.bundles.errors import BundleChanged
from veza.domains.marketplace.bundles.models import (
    BundleAttributes,
    BundleContents,
    BundledProduct,
    StoredBundle,
)
from veza.domains.marketplace.prices.models import CartItem
from veza.domains.marketplace.prices.rules import price_cart
from veza.domains.marketplace.products.models.forms import ProductStatus

BUNDLE, ANN = BundleId(UUID(int=1)), UserId(UUID(int=2))


def bundle(price=None, percent=None):
    return StoredBundle(
        title="All of it",
        description="",
        contents=BundleContents.ALL_ALBUMS,
        price_cents=price,
        percent_off=percent,
        currency="EUR",
        product_ids=[],
        id=BUNDLE,
        seller_id=ANN,
        username="ann",
        appearance=Appearance(None, None),
        is_hidden=False,
        owner_status=None,
        taken_down=None,
        status=ProductStatus.PUBLISHED,
        created_at=datetime.now(UTC),
    )


def contents(*prices, owned=()):
    return [
        BundledProduct(BUNDLE, ProductId(uuid4()), cents, position in owned)
        for position, cents in enumerate(prices)
    ]


def sums(stored, found):
    summed = rules.sum_up(stored, found)
    return summed.list_cents, summed.total_cents, summed.owned_count, summed.due_cents


@pytest.mark.parametrize(
    ("stored", "owned", "expected"),
    [
        (bundle(percent=20), (), (3000, 2400, 0, 2400)),
        (bundle(percent=20), (0,), (3000, 2400, 1, 1600)),
        (bundle(price=1500), (), (3000, 1500, 0, 1500)),
        (bundle(price=1500), (0,), (3000, 1500, 1, 1000)),
        (bundle(price=1500), (0, 1, 2), (3000, 1500, 3, 0)),
        (bundle(price=0), (), (3000, 0, 0, 0)),
        (bundle(price=9000), (2,), (3000, 3000, 1, 2000)),
        # Of what no provider would accept, 50 cents are left.
        (bundle(percent=99), (), (3000, 50, 0, 50)),
        (bundle(price=50), (0, 1), (3000, 50, 2, 50)),
    ],
)
def test_a_buyer_pays_for_what_they_dont_own(stored, owned, expected):
    assert sums(stored, contents(1000, 1000, 1000, owned=owned)) == expected


def test_free_products_cost_nothing_within_a_bundle():
    assert sums(bundle(price=500), contents(0, 1000)) == (1000, 500, 0, 500)
    assert sums(bundle(price=500), contents(0, 0)) == (0, 0, 0, 0)


def test_an_order_contains_all_that_is_not_owned():
    found = contents(1000, 1000, 1000, owned=(0,))
    first, second, third = [each.product_id for each in found]
    assert rules.ensure_complete(found, [second, third])
    assert rules.ensure_complete(found, [third, second, ProductId(uuid4())])
    for ordered in ([], [second], [first, second]):
        with pytest.raises(BundleChanged):
            rules.ensure_complete(found, ordered)
    with pytest.raises(BundleChanged):
        rules.ensure_complete([], [second])
    assert not rules.ensure_complete(contents(1000, 1000, owned=(0, 1)), [])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": "  "}),
        ("price_cents", {"price_cents": None}),
        ("price_cents", {"percent_off": 10}),
        ("price_cents", {"price_cents": 49}),
        ("currency", {"currency": "XXX"}),
        ("product_ids", {"product_ids": [ProductId(BUNDLE)]}),
        ("product_ids", {"product_ids": [ProductId(BUNDLE), ProductId(BUNDLE)]}),
        ("contents", {"contents": BundleContents.ALL_PRODUCTS}),
    ],
)
def test_what_is_no_bundle_is_refused_by_its_field(field, changes):
    ids = [ProductId(uuid4()), ProductId(uuid4())]
    fields = {
        "title": "All",
        "description": "",
        "contents": BundleContents.PRODUCTS,
        "price_cents": 500,
        "percent_off": None,
        "currency": "EUR",
        "product_ids": ids,
    }
    rules.clean_attributes(BundleAttributes(**fields))
    with pytest.raises(Invalid) as refused:
        rules.clean_attributes(BundleAttributes(**fields | changes))
    assert [error.field for error in refused.value.details] == [field]


PRICES = st.lists(st.just(0) | st.integers(MIN_PRICE_CENTS, 10_000), min_size=1, max_size=50)
BUNDLES = st.builds(bundle, percent=st.integers(1, 99)) | st.builds(
    bundle, price=st.just(0) | st.integers(MIN_PRICE_CENTS, 600_000)
)


@given(st.data(), PRICES, BUNDLES)
def test_who_buys_the_rest_never_pays_more_than_the_list_prices(data, prices, stored):
    order = data.draw(st.permutations(range(len(prices))))
    bought_alone = order[: data.draw(st.integers(0, len(prices)))]
    found = contents(*prices, owned=set(bought_alone))
    paid_before = sum(prices[position] for position in bought_alone)
    due = [each for each in found if not each.is_owned]

    shown, lines = rules.sum_up(stored, found), rules.line_prices(stored, found)
    terms = rules.terms_of(stored, found)
    seen = [cart_item(each, lines[each.product_id]) for each in due]
    charged = price_cart(seen, bundle=terms)
    shuffled = [cart_item(each) for each in data.draw(st.permutations(due))]

    assert sum(each.price_cents for each in charged) == shown.due_cents
    in_any_order = price_cart(shuffled, bundle=terms)
    assert sum(each.price_cents for each in in_any_order) == shown.due_cents
    assert shown.due_cents <= sum(each.price_cents for each in due)
    assert paid_before + shown.due_cents <= shown.list_cents
    assert shown.due_cents <= max(shown.total_cents, MIN_PRICE_CENTS)
    assert all(0 <= each.price_cents <= each.list_cents for each in charged)
    assert shown.due_cents == 0 or shown.due_cents >= MIN_PRICE_CENTS


def cart_item(product, offered=None):
    return CartItem(product.product_id, ANN, product.price_cents, offered_cents=offered)
