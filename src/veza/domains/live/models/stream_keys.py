"""Stream keys, and the encoders and members that use them."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import UserId
from veza.domains.live.models.ways_in import IcecastAccess, RtmpsUrl, SrtUrl, WhipUrl

StreamKey = Annotated[
    str,
    Meta(
        description="The secret key for the member's encoder.", examples=["live_0Zb9k2mXw4TqLr7c"]
    ),
]

RtmpUrl = Annotated[
    str,
    Meta(
        description="The address for the member's encoder.",
        examples=["rtmp://veza.example:1935/live"],
    ),
]


class StreamAccess(Struct, frozen=True):
    """The address and the stream key for the member's encoder.

    The key is null if it can no longer be decrypted: the member can generate a new key. Icecast's
    protocol, SRT, RTMPS and WHIP are null where this server doesn't receive them.
    """

    stream_key: StreamKey | None
    rtmp_url: RtmpUrl
    icecast: IcecastAccess | None
    srt_url: SrtUrl | None
    rtmps_url: RtmpsUrl | None
    whip_url: WhipUrl | None


class UnlockedKey(Struct, frozen=True):
    """The stream key of a member, for the ingest, whose encoder proved that it has it."""

    stream_key: StreamKey


class StoredStreamKey(Struct, frozen=True):
    """The encrypted stream key of a member."""

    user_id: UserId
    sealed: bytes
    sealed_with: int


class NewStreamKey(StoredStreamKey, frozen=True):
    """The row of a new stream key."""

    key_hash: bytes


class KeyOwner(Struct, frozen=True):
    """The member whose stream key an encoder uses."""

    id: UserId
    username: str
    role: Role
    is_suspended: bool


class Publisher(Struct, frozen=True):
    """An encoder that publishes: its key, and the names of the ingest and of the connection."""

    key: str
    client_ref: str
