"""Links to orders of guests: signatures with a key of the server and a nonce of the order.

Neither the database nor the key alone is enough to make one. The same order has the same link until
its nonce is replaced, so that it can be mailed again to several devices.
"""

import base64
import hashlib
import hmac
from uuid import UUID

import msgspec

from veza.core.ids import OrderId
from veza.core.normalize import lower_ascii
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.guests import GuestDelivery, LinkScope

_ID_BYTES = 16
_MAC_BYTES = 24
_LENGTH = 54


def write_link(key: bytes, delivery: GuestDelivery, scope: LinkScope) -> str:
    """Return the token of a link: the id of the order and 192 bits, URL-safe."""
    token = delivery.order_id.bytes + _sign(key, delivery, scope)
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def find_order_id(token: str) -> OrderId | None:
    """Return the order that a token names; None if it can't be one."""
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(token) != _LENGTH or len(content) != _ID_BYTES + _MAC_BYTES:
        return None
    return OrderId(UUID(bytes=content[:_ID_BYTES]))


def find_scope(key: bytes, delivery: GuestDelivery, token: str) -> LinkScope | None:
    """Return the scope of a token; None if it is wrong or revoked. All wrong ones take as long."""
    given = token.encode()
    known = [
        scope
        for scope in LinkScope
        if hmac.compare_digest(write_link(key, delivery, scope).encode(), given)
    ]
    return known[0] if known else None


def request_key(key: bytes, email_key: str, sent: str) -> bytes:
    """Return the stored key of a request with an idempotency key, which belongs to the address."""
    return _digest(key, "request", email_key, sent)


def cart_key(key: bytes, email_key: str, network: str, cart: OrderForm) -> bytes:
    """Return the stored key of a cart with its gifts and tips: of an address, from one network."""
    lines = sorted(map(_describe, cart.items))
    lines += sorted(f"tip {msgspec.json.encode(tip).decode()}" for tip in cart.tips)
    if cart.currency is not None:
        lines.append(f"in {cart.currency}")
    if cart.discount_code is not None:
        lines.append(f"code {lower_ascii(cart.discount_code.strip())}")
    if cart.billing is not None:
        # Another place is another tax, and another name is on invoices and contracts.
        lines.append(f"for {msgspec.json.encode(cart.billing).decode()}")
    if cart.bundle_id is not None:
        lines.append(f"bundle {cart.bundle_id}")
    return _digest(key, "cart", email_key, network, *lines)


def _describe(item: OrderItemForm) -> str:
    line = f"{item.product_id} {item.price_cents}"
    if item.variant_id is not None:
        line += f" as {item.variant_id}"
    return line if item.gift is None else f"{line} {msgspec.json.encode(item.gift).decode()}"


def network_key(key: bytes, network: str) -> bytes:
    """Return the stored key of a network, by which the units are counted that it holds."""
    return _digest(key, "network", network)


def _sign(key: bytes, delivery: GuestDelivery, scope: LinkScope) -> bytes:
    text = f"link {scope} {delivery.order_id} ".encode() + delivery.link_nonce
    return hmac.digest(key, text, hashlib.sha256)[:_MAC_BYTES]


def _digest(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, "\n".join(parts).encode(), hashlib.sha256)
