"""Tips as they are ordered, and the jars that take them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, OrderItemId, ProfileId, UserId
from veza.core.money import MAX_CENTS, MIN_PRICE_CENTS, Currency

# An order has at most so many tips.
MAX_TIPS = 5
MAX_SUGGESTIONS = 5

TipCents = Annotated[int, Meta(ge=MIN_PRICE_CENTS, le=MAX_CENTS, examples=[500])]


class TipForm(Struct, frozen=True):
    """A tip for a profile, with words that its members read."""

    profile_id: ProfileId
    amount_cents: TipCents
    message: Annotated[str, Meta(max_length=500, examples=["For the next record!"])] = ""


Suggestions = Annotated[
    list[TipCents], Meta(min_length=1, max_length=MAX_SUGGESTIONS, examples=[[300, 500, 1000]])
]


class TipJarForm(Struct, frozen=True):
    """Whether a profile takes tips, in which currency, and the amounts that it proposes.

    `thanks` are shown to who gave one.
    """

    is_open: bool
    currency: Currency
    suggested_cents: Suggestions
    thanks: Annotated[str, Meta(max_length=500, examples=["Thank you: see you on tour."])] = ""


class OpenJar(Struct, frozen=True):
    """A profile that takes tips, under the name that its orders show."""

    profile_id: UserId
    name: str
    currency: str


class OrderedTip(Struct, frozen=True):
    """A tip to order, of a profile that takes it."""

    jar: OpenJar
    amount_cents: int
    message: str | None


class NewTip(Struct, frozen=True):
    """The message of a tip to insert."""

    item_id: OrderItemId
    message: str | None


class PersonalTip(Struct, frozen=True):
    """A tip that a member gave, with their words, exported for them."""

    order_id: OrderId
    profile: str
    amount_cents: int
    currency: str
    message: str | None
    created_at: datetime


class PersonalJar(Struct, frozen=True):
    """A member's own jar, exported for them."""

    is_open: bool
    currency: str
    suggested_cents: list[int]
    thanks: str
    updated_at: datetime


class PersonalTips(Struct, frozen=True):
    """The jar of a member, and the tips that they gave."""

    jar: PersonalJar | None
    given: list[PersonalTip]
