"""A member's tracks, likes and plays in their data export."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from veza.core.ids import TierId, TrackId
from veza.core.track_metadata import AiPart, AiUse
from veza.core.visibility import TrackStatus, Visibility


class PersonalTrack(Struct, frozen=True):
    """A track in its owner's data export."""

    id: TrackId
    title: str
    description: str
    genre: str | None
    tags: list[str]
    isrc: str | None
    year: int | None
    bpm: float | None
    musical_key: str | None
    is_explicit: bool | None
    ai: AiUse
    ai_parts: list[AiPart]
    visibility: Visibility
    tier_id: TierId | None
    downloadable: bool
    status: TrackStatus
    failure_reason: str | None
    duration_ms: int | None
    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    has_cover: bool
    likes_count: int
    comments_count: int
    plays_count: int
    created_at: datetime
    updated_at: datetime


class TrackActivity(Struct, frozen=True):
    """A like or a recent play in a member's data export."""

    track_id: TrackId
    kind: Literal["like", "play"]
    moment: datetime


class PersonalPlays(Struct, frozen=True):
    """A member's number of plays of a track, with first and last, in their data export."""

    track_id: TrackId
    plays_count: int
    first_played_at: datetime
    last_played_at: datetime


class PersonalTracks(Struct, frozen=True):
    """A member's tracks, likes, recent plays and history, in their data export."""

    tracks: list[PersonalTrack]
    traces: list[TrackActivity]
    history: list[PersonalPlays]
