"""Streams as shown to viewers and to their owners."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import ConversationId, StreamId
from veza.core.stream_audiences import StreamAudience
from veza.core.takedowns import TakenDown
from veza.domains.audiences.models import ForTier
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.live.models.audiences import ForBuyers, Ticket
from veza.domains.live.models.stored_streams import StreamStatus, StreamTexts
from veza.domains.live.models.stream_keys import RtmpUrl, StreamKey
from veza.domains.live.models.ways_in import NowPlaying


class StreamPlayback(Struct, frozen=True):
    """The addresses at which a viewer plays a stream, and how far they may go back."""

    playback_url: str
    rewind_url: str | None
    rewind_seconds: int


class Stream(StreamTexts, frozen=True):
    """A live stream.

    `is_live` is true while it can be watched. An interrupted stream still has the status `live`,
    for a minute in which it can continue. Viewers chat in the room `conversation_id`. The HLS
    playlist is at `playback_url` while it is live; that of a stream with an audience is for the
    viewer alone. While it runs, viewers go back by `rewind_seconds` in the playlist at
    `rewind_url`, if this server keeps them. `starts_at` is the planned begin, if it has one;
    `has_reminder`: the viewer wants to be reminded of it; `is_recorded`: its owner records it.
    `cover_url` is signed and expires after an hour, unless everybody may watch the stream.
    """

    id: StreamId
    owner: NamedMember
    audience: StreamAudience
    status: StreamStatus
    is_live: bool
    now_playing: NowPlaying
    viewers_count: int
    peak_viewers: int
    total_viewers: int
    playback_url: str
    rewind_url: str | None
    rewind_seconds: int
    conversation_id: ConversationId | None
    slow_mode_seconds: int
    starts_at: datetime | None
    has_reminder: bool
    is_recorded: bool
    cover_url: str | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class OwnStream(Stream, frozen=True, kw_only=True):
    """A stream of the caller, with the settings for their encoder."""

    tier_id: ForTier | None
    product_id: ForBuyers | None
    guests: list[str]
    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class UnlockedStream(Struct, frozen=True):
    """A stream whose password was right, and the ticket for those who are not signed in."""

    stream: Stream
    ticket: Ticket
    expires_at: datetime


class StreamPage(Struct, frozen=True):
    """A page of streams, newest first."""

    streams: list[Stream]
    next_cursor: str | None
    has_more: bool


class OwnStreamPage(Struct, frozen=True):
    """A page of the caller's streams, newest first."""

    streams: list[OwnStream]
    next_cursor: str | None
    has_more: bool
