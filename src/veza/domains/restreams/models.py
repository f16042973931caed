"""Targets to which streams are sent on, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.clock import Moment
from veza.core.ids import RestreamTargetId, StreamId, UserId

TargetName = Annotated[str, Meta(min_length=1, max_length=100, examples=["Twitch"])]
TargetUrl = Annotated[
    str, Meta(min_length=1, max_length=500, examples=["rtmps://live.example.org/app"])
]
TargetKey = Annotated[str, Meta(min_length=1, max_length=500, examples=["k_7Gq2"])]


class RestreamState(StrEnum):
    """The state of sending the stream on air to a target.

    `waiting`: it is tried again; `failed`: not any more; `withheld`: not everybody finds the
    stream, and this target gets only public ones.
    """

    CONNECTING = "connecting"
    SENDING = "sending"
    WAITING = "waiting"
    FAILED = "failed"
    WITHHELD = "withheld"


class RestreamReason(StrEnum):
    """The cause of a failure to send: in this server, the address, the target or the stream.

    `busy`: this server sends as many streams as it may; `too_slow`: the target reads too slowly.
    """

    BUSY = "busy"
    UNKNOWN_HOST = "unknown_host"
    PRIVATE_ADDRESS = "private_address"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    NO_ANSWER = "no_answer"
    NO_RTMP = "no_rtmp"
    REFUSED = "refused"
    DISCONNECTED = "disconnected"
    TOO_SLOW = "too_slow"
    UNFIT_MEDIA = "unfit_media"
    KEY_LOST = "key_lost"
    INTERRUPTED = "interrupted"


class RestreamTargetForm(Struct, frozen=True):
    """A server of another platform, by RTMP, and the key that it gave. The key is not shown again.

    With `sends_private` it also gets streams that are not public.
    """

    name: TargetName
    url: TargetUrl
    key: TargetKey
    is_enabled: bool = True
    sends_private: bool = False


class RestreamTargetChange(Struct, frozen=True):
    """Changes to a target; omitted fields keep their values. Another `url` needs the key again.

    What failed is tried again after each change.
    """

    name: TargetName | UnsetType = UNSET
    url: TargetUrl | UnsetType = UNSET
    key: TargetKey | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET
    sends_private: bool | UnsetType = UNSET


class RestreamTarget(Struct, frozen=True):
    """A target, and what it gets of the stream on air since when; null while there is none."""

    id: RestreamTargetId
    name: TargetName
    url: TargetUrl
    is_enabled: bool
    sends_private: bool
    created_at: Moment
    state: RestreamState | None
    reason: RestreamReason | None
    since: Moment | None
    retry_at: Moment | None


class RestreamTargets(Struct, frozen=True):
    """The targets of a profile, oldest first. `is_available`: this server sends streams on."""

    targets: list[RestreamTarget]
    is_available: bool


class TargetDetails(Struct, frozen=True):
    """The fields of a target that its owner sets, without the key."""

    name: str
    url: str
    is_enabled: bool
    sends_private: bool


class SealedTargetKey(Struct, frozen=True):
    """The encrypted key of a target."""

    id: RestreamTargetId
    sealed: bytes
    sealed_with: int


class StoredTarget(TargetDetails, frozen=True):
    """A target as stored, with the state of sending its owner's stream on air.

    `is_served`: it gets streams, and one is on air; `is_admitted`: that one, too, by its audience.
    """

    id: RestreamTargetId
    owner_id: UserId
    created_at: datetime
    is_served: bool
    is_admitted: bool
    on_air_since: datetime | None
    state: RestreamState | None
    reason: RestreamReason | None
    since: datetime | None
    retry_at: datetime | None


class DueRestream(Struct, frozen=True):
    """A stream on air that is to be sent to a target, and what was tried until now.

    `is_free`: no other worker has it; `is_due`: no pause lasts, and it was not given up.
    """

    target_id: RestreamTargetId
    version: int
    stream_id: StreamId
    media_id: UUID
    url: str
    sealed: bytes
    sealed_with: int
    failures: int
    reason: RestreamReason | None
    is_free: bool
    is_due: bool


class RestreamLease(Struct, frozen=True):
    """The right of one worker to send a stream to a target, as long as the version is the same."""

    target_id: RestreamTargetId
    version: int
    stream_id: StreamId
    worker_id: UUID


class ExportedTarget(Struct, frozen=True):
    """A target in an export of personal data, without its key."""

    id: RestreamTargetId
    name: str
    url: str
    is_enabled: bool
    sends_private: bool
    created_at: datetime
