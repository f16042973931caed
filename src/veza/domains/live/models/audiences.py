"""The audiences of streams: who is named, what a password opens, and the choice as stored."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ProductId, StreamId, TierId, UserId
from veza.core.stream_audiences import StreamAudience

ForBuyers = Annotated[
    ProductId,
    Meta(
        description="A product of the owner, whose buyers watch a stream for `buyers`.",
        examples=[None],
    ),
]

StreamPassword = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="The password of a stream with the audience `password`.",
    ),
]

GuestName = Annotated[str, Meta(min_length=1, max_length=64)]

Guests = Annotated[
    list[GuestName],
    Meta(
        max_length=100,
        description="The usernames of those who watch a stream for people who are `named`.",
        examples=[[]],
    ),
]

Ticket = Annotated[
    str, Meta(max_length=120, description="The ticket that the password of a stream gave.")
]


class StreamUnlockForm(Struct, frozen=True):
    """The password of a stream."""

    password: StreamPassword


class AudienceChoice(Struct, frozen=True):
    """The audience of a stream, and what it consists of."""

    audience: StreamAudience = StreamAudience.PUBLIC
    tier_id: TierId | None = None
    product_id: ProductId | None = None
    password_hash: str | None = None
    password_version: int = 0


class NamedGuest(Struct, frozen=True):
    """A member by name."""

    id: UserId
    username: str


class StreamGuest(Struct, frozen=True):
    """Somebody who is named as the audience of a stream."""

    stream_id: StreamId
    user_id: UserId
    username: str
