"""An encoder silent for 15 s is lost; its stream ends unless it is back within a minute."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from msgspec import structs

from veza.core import visibility
from veza.core.access import Access, Role, is_enough
from veza.core.ids import StreamId, UserId
from veza.core.normalize import fold, fold_tag, require_line
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.chat.conversations.models import MAX_NAME_LENGTH
from veza.domains.live.errors import PublishRefused, StreamNotFound, StreamNotLive
from veza.domains.live.models import (
    OwnStream,
    Publisher,
    StoredStream,
    Stream,
    StreamAccess,
    StreamChange,
    StreamDetails,
    StreamForm,
    StreamState,
    StreamStatus,
    StreamTexts,
    ViewerCounts,
)

# An encoder without heartbeat is lost after this time, and its stream is interrupted.
ENCODER_LOST_AFTER = timedelta(seconds=15)
# An interrupted stream ends unless its encoder reconnects within this time.
RECONNECT_WITHIN = timedelta(seconds=60)
# The encoder of another ingest can be replaced once that ingest is silent for this time.
INGEST_SILENT_AFTER = timedelta(seconds=3)
# Media stays available after the end of a stream.
PLAYABLE_AFTER_END = timedelta(seconds=60)

# The maximum number of drafts per member.
MAX_DRAFTS = 20

PLAYLIST = "index.m3u8"

_KEY_PREFIX = "live_"
_KEY = re.compile(r"live_[A-Za-z0-9_-]{43}")
_INGEST = re.compile(r"[A-Za-z0-9_.:-]{0,24}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,39}")
_SEGMENT = re.compile(r"[0-9]{1,20}\.ts")


def expire(state: StreamState, moment: datetime) -> StreamState:
    """Return the state after time passed: silent encoders are lost, lost streams end.

    The result does not depend on when and how often this is called.
    """
    if state.is_live and state.seen_at is not None and moment - state.seen_at >= ENCODER_LOST_AFTER:
        lost_at = state.seen_at + ENCODER_LOST_AFTER
        state = structs.replace(state, is_live=False, interrupted_at=lost_at)
    if state.interrupted_at is not None and moment - state.interrupted_at >= RECONNECT_WITHIN:
        return end(state, state.interrupted_at)
    return state


def start_publishing(state: StreamState, client_ref: str, moment: datetime) -> StreamState:
    """Return the state after an encoder connected, for the first time or again.

    Raises PublishRefused while another encoder publishes, unless its ingest has stopped.
    """
    assert state.status is not StreamStatus.ENDED
    if state.is_live and not _is_abandoned(state, client_ref, moment):
        raise PublishRefused("This stream is live already: stop the other encoder first.")
    return structs.replace(
        state,
        status=StreamStatus.LIVE,
        is_live=True,
        client_ref=client_ref,
        seen_at=moment,
        interrupted_at=None,
        started_at=state.started_at or moment,
    )


def confirm_publishing(state: StreamState, client_ref: str, moment: datetime) -> StreamState:
    """Return the state after the ingest reported an encoder, even if it was lost.

    Raises PublishRefused where the stream ended, or its encoder disconnected or was replaced.
    """
    if state.status is not StreamStatus.LIVE or state.client_ref != client_ref:
        raise PublishRefused
    return structs.replace(state, is_live=True, seen_at=moment, interrupted_at=None)


def interrupt(state: StreamState, moment: datetime) -> StreamState:
    """Return the state after the encoder disconnected: it can reconnect for a minute.

    Later reports about the old connection are ignored.
    """
    if state.status is not StreamStatus.LIVE:
        return state
    since = state.interrupted_at or moment
    return structs.replace(state, is_live=False, client_ref=None, interrupted_at=since)


def end(state: StreamState, moment: datetime) -> StreamState:
    """Return the state of an ended stream. Raises StreamNotLive."""
    if state.status is not StreamStatus.LIVE:
        raise StreamNotLive
    return structs.replace(
        state,
        status=StreamStatus.ENDED,
        is_live=False,
        client_ref=None,
        interrupted_at=None,
        ended_at=moment,
    )


def state_of(stream: StoredStream) -> StreamState:
    """Return the publishing state of a stream."""
    return copy_fields(StreamState, stream)


def generate_key() -> str:
    """Return a random stream key."""
    return _KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Return the hash by which a key is found; also of invalid keys, to take the same time."""
    return hashlib.sha256(key.encode()).digest()


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key."""
    return _KEY.fullmatch(text) is not None


def read_publisher(form: dict[str, str], ingest: str) -> Publisher:
    """Return the encoder that an ingest reports. Raises PublishRefused."""
    key = form.get("name", "")
    client_id = form.get("clientid", "-")
    if not (is_key(key) and _INGEST.fullmatch(ingest) and _CLIENT_ID.fullmatch(client_id)):
        raise PublishRefused
    return Publisher(key, f"{ingest}/{client_id}")


def may_stream(role: Role, *, creators_only: bool) -> bool:
    """Return whether a role may go live."""
    return not creators_only or is_enough(role, Access.CREATOR)


def clean_form(form: StreamForm) -> StreamDetails:
    """Return the details of a new stream. Raises Invalid."""
    return _make_details(copy_fields(StreamTexts, form))


def apply_change(stream: StoredStream, change: StreamChange) -> StreamDetails:
    """Return the details of a stream after a change. Raises Invalid."""
    return _make_details(merge(StreamTexts, stream, change))


def default_details(username: str) -> StreamDetails:
    """Return the details for a member's first stream."""
    return _make_details(StreamTexts(f"{username} live", "", "", []))


def room_name(title: str) -> str:
    """Return the name of a stream's room."""
    return title[:MAX_NAME_LENGTH].strip()


def is_visible_to(stream: StoredStream, viewer: UserId | None) -> bool:
    """Return whether a viewer may see a stream.

    Its owner always may. Others may once it was announced or went live, unless the owner is
    suspended, or the stream taken down.
    """
    return visibility.is_visible_to(
        viewer, stream.owner_id, is_shown=stream.is_announced, is_hidden=stream.is_hidden
    )


def ensure_visible(stream: StoredStream | None, viewer: UserId | None) -> StoredStream:
    """Return a stream that the viewer sees. Raises StreamNotFound.

    The error is the same as for missing streams, so that ids can't be probed.
    """
    if stream is None or not is_visible_to(stream, viewer):
        raise StreamNotFound
    return stream


def is_playable(stream: StoredStream, moment: datetime) -> bool:
    """Return whether a stream can be played: while it is live, and for a minute after its end.

    This lets players finish their buffers.
    """
    if stream.is_hidden:
        return False
    ended_just_now = stream.ended_at is not None and moment - stream.ended_at < PLAYABLE_AFTER_END
    return stream.status is StreamStatus.LIVE or ended_just_now


def is_file_name(name: str) -> bool:
    """Return whether the ingest could have given a file this name."""
    return name == PLAYLIST or _SEGMENT.fullmatch(name) is not None


def end_playlist(playlist: bytes) -> bytes:
    """Mark a playlist as complete, so that players stop instead of reloading it."""
    return playlist.rstrip() + b"\n#EXT-X-ENDLIST\n"


def show_stream(
    stream: StoredStream, playback: str, counts: ViewerCounts | None, *, base: str
) -> Stream:
    """Show a stream that is played at `playback`; `base` is the address of the API."""
    current = counts.current if counts is not None and stream.is_live else 0
    total = counts.total if counts is not None else 0
    return copy_fields(
        Stream,
        stream,
        owner=show_named_member(stream.owner_id, stream.username, stream.appearance),
        viewers_count=current,
        peak_viewers=max(current, stream.peak_viewers),
        total_viewers=max(total, stream.total_viewers),
        playback_url=playback,
        taken_down=show_taken_down(stream.taken_down, base),
    )


def show_own(stream: Stream, access: StreamAccess) -> OwnStream:
    """Show a stream to its owner."""
    return copy_fields(OwnStream, stream, **structs.asdict(access))


def playback_url(base: str, playback_base_url: str | None, stream_id: StreamId) -> str:
    """Return the URL of the playlist, at a CDN if configured."""
    if playback_base_url is None:
        return f"{base}/live/streams/{stream_id}/hls/{PLAYLIST}"
    return f"{playback_base_url.rstrip('/')}/{stream_id}/{PLAYLIST}"


def _is_abandoned(state: StreamState, client_ref: str, moment: datetime) -> bool:
    """Return whether the publishing connection belongs to an ingest that has stopped.

    A running ingest reports every two seconds; a request from another ingest means that it
    restarted.
    """
    assert state.client_ref is not None
    assert state.seen_at is not None
    is_same = _ingest_of(state.client_ref) == _ingest_of(client_ref)
    return not is_same and moment - state.seen_at >= INGEST_SILENT_AFTER


def _ingest_of(client_ref: str) -> str:
    return client_ref.rpartition("/")[0]


def _make_details(texts: StreamTexts) -> StreamDetails:
    title = require_line(texts.title, "title", "A stream needs a title.")
    tags = list(dict.fromkeys(" ".join(tag.split()) for tag in texts.tags if fold_tag(tag)))
    keys = list(dict.fromkeys(fold_tag(tag) for tag in tags))
    category = " ".join(texts.category.split())
    return StreamDetails(title, texts.description, category, tags, fold(category), keys)
