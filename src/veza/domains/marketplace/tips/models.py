"""Tips as they are ordered, and the jars that take them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import OrderId, OrderItemId, ProfileId, UserId
from veza.core.money import MAX_CENTS, MIN_PRICE_CENTS, Currency
from veza.core.money_mode import MoneyMode
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember

# An order has at most so many tips.
MAX_TIPS = 5
MAX_SUGGESTIONS = 5

TipCents = Annotated[int, Meta(ge=MIN_PRICE_CENTS, le=MAX_CENTS, examples=[500])]


TipWords = Annotated[str, Meta(max_length=500, examples=["For the next record!"])]


class TipForm(Struct, frozen=True):
    """A tip for a profile, with words that its members read."""

    profile_id: ProfileId
    amount_cents: TipCents
    message: TipWords = ""


Suggestions = Annotated[
    list[TipCents], Meta(min_length=1, max_length=MAX_SUGGESTIONS, examples=[[300, 500, 1000]])
]


class TipJarForm(Struct, frozen=True):
    """The tip jar of a profile: open or closed, its currency, and the amounts that it proposes.

    `thanks` are shown to who gave one.
    """

    is_open: bool
    currency: Currency
    suggested_cents: Suggestions
    thanks: Annotated[str, Meta(max_length=500, examples=["Thank you: see you on tour."])] = ""


class TipJar(TipJarForm, frozen=True):
    """The tip jar of one's own profile; closed, with suggestions, until it is opened."""


class PublicJar(Struct, frozen=True):
    """A profile that takes tips, with the amounts that it proposes in its currency."""

    profile: NamedMember
    currency: str
    suggested_cents: list[int]


class StoredPublicJar(Struct, frozen=True):
    """The row of an open jar, with its profile."""

    id: UserId
    username: str
    appearance: Appearance
    currency: str
    suggested_cents: list[int]


class ReceivedTip(Struct, frozen=True):
    """A paid tip that a profile got: `fee_cents` is the platform's part, `net_cents` the rest.

    `share_cents` of the net is the profile's own: all of it, unless its support is split. A guest,
    who has no account, is no `giver`, and nor is who was erased. The message of a muted member is
    left out.
    """

    id: OrderItemId
    order_id: OrderId
    giver: NamedMember | None
    is_guest: bool
    message: str | None
    amount_cents: int
    fee_cents: int
    net_cents: int
    share_cents: int
    currency: str
    mode: MoneyMode
    paid_at: datetime
    is_refunded: bool


class ReceivedTipPage(Struct, frozen=True):
    """A page of tips, newest first."""

    tips: list[ReceivedTip]
    next_cursor: str | None
    has_more: bool


class StoredTip(Struct, frozen=True):
    """The row of a tip that was paid, with the name of who gave it."""

    id: OrderItemId
    order_id: OrderId
    buyer_id: UserId | None
    username: str | None
    appearance: Appearance
    is_guest: bool
    message: str | None
    amount_cents: int
    fee_cents: int
    net_cents: int
    share_cents: int
    currency: str
    mode: MoneyMode
    created_at: datetime
    paid_at: datetime
    is_refunded: bool


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


class PersonalReceivedTip(Struct, frozen=True):
    """A tip that a member's profile got, exported without who gave it."""

    order_id: OrderId
    amount_cents: int
    currency: str
    message: str | None
    paid_at: datetime


class PersonalTips(Struct, frozen=True):
    """The jar of a member, the tips that they gave, and those that they got."""

    jar: PersonalJar | None
    given: list[PersonalTip]
    received: list[PersonalReceivedTip]
