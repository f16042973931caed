"""Steps and values that tests of tracks share."""

from datetime import UTC, datetime
from uuid import uuid4

from veza.core.access import Member, Role
from veza.core.ids import SessionId, TrackId, UserId
from veza.core.people import Appearance
from veza.core.track_metadata import AiUse
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.music.tracks.models.tracks import StoredTrack

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
OWNER = UserId(uuid4())
TRACK = StoredTrack(
    id=TrackId(uuid4()),
    owner_id=OWNER,
    username="ada",
    appearance=Appearance("Ada", "0192"),
    title="Night Ferry",
    description="",
    genre="ambient",
    tags=["tape"],
    isrc="QZES62600017",
    year=2026,
    bpm=92.5,
    musical_key="Am",
    is_explicit=False,
    ai=AiUse.NONE,
    ai_parts=[],
    visibility=Visibility.PUBLIC,
    tier_id=None,
    downloadable=False,
    status=TrackStatus.READY,
    failure_reason=None,
    duration_ms=61_234,
    format="flac",
    bitrate=900_000,
    sample_rate=44_100,
    channels=2,
    loudness_lufs=-14.0,
    true_peak_dbtp=-1.0,
    cover_palette=[250, 100, 60, 120],
    cover_placeholder="nlYKTxpwdHdQlohqekd5d3iHCAiacI8G",
    release=None,
    likes_count=3,
    comments_count=2,
    plays_count=1,
    has_lyrics=False,
    artist_name=None,
    credited=None,
    created_at=NOW,
    is_hidden=False,
)


def member(role: Role = Role.USER) -> Member:
    return Member(UserId(uuid4()), role, SessionId(uuid4()))
