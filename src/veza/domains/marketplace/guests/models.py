"""Mails about orders of guests, and requests for links."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, UserId
from veza.domains.auth.accounts.models import Email


class GuestMail(StrEnum):
    """The purpose of a mail about an order; the template has the same name."""

    RECEIPT = "receipt"
    DELIVERED = "delivered"
    REFUNDED = "refunded"
    LINK = "link"


class SendGuestMail(Struct, frozen=True):
    """Job: mail a guest about an order. It holds no link, which is made when the mail is sent."""

    order_id: OrderId
    purpose: GuestMail


class SendOrderLinks(Struct, frozen=True):
    """Job: mail the links to all orders of an address, if it has any."""

    email: str


class ClaimOrders(Struct, frozen=True):
    """Job: give an account the rest of the orders of its address."""

    user_id: UserId


class LinksForm(Struct, frozen=True):
    """The address whose orders were made without an account."""

    email: Annotated[Email, Meta(examples=["maren@example.com"])]
