"""Access to orders and their contents, and the check of links."""

import pytest

from veza.core.ids import OrderId, UserId, new_id
from veza.core.languages import Language
from veza.domains.marketplace.orders.errors import MailedLinkNeeded, OrderNotFound
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.guests import (
    GuestDelivery,
    LinkScope,
    Opener,
    OrderLink,
)
from veza.domains.marketplace.orders.rules import access, links

ORDER, OTHER = OrderId(new_id()), OrderId(new_id())
BUYER, STRANGER = UserId(new_id()), UserId(new_id())
KEY = b"k" * 32
DELIVERY = GuestDelivery(ORDER, "maren@example.com", Language.ENGLISH, b"n" * 16)


def link(scope: LinkScope, order_id: OrderId = ORDER) -> Opener:
    return Opener(link=OrderLink(order_id, scope))


@pytest.mark.parametrize(
    ("buyer_id", "opener", "sees", "opens"),
    [
        (BUYER, Opener(BUYER), True, None),
        (BUYER, Opener(STRANGER), False, OrderNotFound),
        (BUYER, Opener(), False, OrderNotFound),
        # Nobody is the buyer of a guest's or an erased member's order.
        (None, Opener(), False, OrderNotFound),
        (None, Opener(BUYER), False, OrderNotFound),
        (None, link(LinkScope.OPEN), True, None),
        (BUYER, link(LinkScope.OPEN), True, None),
        (None, link(LinkScope.PAY), True, MailedLinkNeeded),
        (None, link(LinkScope.OPEN, OTHER), False, OrderNotFound),
        # A link to another order is no better with the buyer's account.
        (BUYER, Opener(BUYER, OrderLink(OTHER, LinkScope.OPEN)), False, OrderNotFound),
    ],
)
def test_an_order_is_opened_by_its_account_or_its_link(buyer_id, opener, sees, opens):
    assert access.may_see(ORDER, buyer_id, opener) is sees
    if opens is None:
        access.ensure_may_open(ORDER, buyer_id, opener)
    else:
        with pytest.raises(opens):
            access.ensure_may_open(ORDER, buyer_id, opener)


def test_a_link_is_for_one_order_one_scope_one_nonce_and_one_key():
    made = {scope: links.write_link(KEY, DELIVERY, scope) for scope in LinkScope}
    assert len(set(made.values())) == len(LinkScope)
    for scope, token in made.items():
        assert links.find_order_id(token) == ORDER
        assert links.find_scope(KEY, DELIVERY, token) is scope
        revoked = GuestDelivery(ORDER, DELIVERY.email, DELIVERY.language, b"m" * 16)
        assert links.find_scope(KEY, revoked, token) is None
        assert links.find_scope(b"j" * 32, DELIVERY, token) is None
        other = GuestDelivery(OTHER, DELIVERY.email, DELIVERY.language, DELIVERY.link_nonce)
        assert links.find_scope(KEY, other, token) is None
    for wrong in ("", "A" * 53, "A" * 55, "é" * 54):
        assert links.find_order_id(wrong) is None, wrong


def test_a_cart_is_the_same_in_any_order_and_another_for_each_address_network_price_and_code():
    one, two = (OrderItemForm(new_id(), cents) for cents in (700, None))
    cheaper = OrderItemForm(one.product_id, 800)
    made = links.cart_key(KEY, "a@example.com", "::", OrderForm([one, two]))
    assert made == links.cart_key(KEY, "a@example.com", "::", OrderForm([two, one]))
    others = [
        links.cart_key(KEY, "b@example.com", "::", OrderForm([one, two])),
        links.cart_key(KEY, "a@example.com", "1::", OrderForm([one, two])),
        links.cart_key(KEY, "a@example.com", "::", OrderForm([one])),
        links.cart_key(KEY, "a@example.com", "::", OrderForm([cheaper, two])),
        links.cart_key(KEY, "a@example.com", "::", OrderForm([one, two], "SPRING")),
        links.cart_key(KEY, "a@example.com", "::", OrderForm([one, two], currency="CHF")),
        links.request_key(KEY, "a@example.com", "::"),
    ]
    assert len({made, *others}) == 1 + len(others)
