"""Decisions without I/O: everything here can be tested with plain values."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import UNSET, structs

from veza.core.access import Access, Role, is_enough
from veza.core.errors import Fault, Invalid
from veza.core.ids import StreamId, UserId
from veza.core.normalize import fold, fold_tag
from veza.core.pages import Cursor
from veza.domains.chat.conversations.models import MAX_NAME_LENGTH
from veza.domains.live.errors import PublishRefused, StreamNotLive
from veza.domains.live.models import (
    Air,
    Audience,
    OwnBroadcast,
    Owner,
    OwnStream,
    Publisher,
    Status,
    StoredStream,
    Stream,
    StreamAccess,
    StreamChange,
    StreamEvidence,
    StreamForm,
    Words,
)

# An encoder of which nobody heard for so long is lost.
LOST_AFTER = timedelta(seconds=15)
# For so long a lost one may come back to the same broadcast.
RETURNS_WITHIN = timedelta(seconds=60)
# Whom another ingest let in, and of whom it says no more for so long, may be replaced.
SILENT_AFTER = timedelta(seconds=3)
# For so long players may read on behind the end.
PLAYS_ON = timedelta(seconds=60)

# So many broadcasts of somebody may be to come.
MAX_DRAFTS = 20

PLAYLIST = "index.m3u8"

_KEY_PREFIX = "live_"
_KEY = re.compile(r"live_[A-Za-z0-9_-]{43}")
_INGEST = re.compile(r"[A-Za-z0-9_.:-]{0,24}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,39}")
_SEGMENT = re.compile(r"[0-9]{1,20}\.ts")


def age(air: Air, moment: datetime) -> Air:
    """Tell what time alone makes of a broadcast: a silent encoder is lost, a lost one ends it.

    It comes out the same whoever looks, and however late.
    """
    if air.is_live and air.seen_at is not None and moment - air.seen_at >= LOST_AFTER:
        air = structs.replace(air, is_live=False, interrupted_at=air.seen_at + LOST_AFTER)
    if air.interrupted_at is not None and moment - air.interrupted_at >= RETURNS_WITHIN:
        return end(air, air.interrupted_at)
    return air


def begin(air: Air, client_ref: str, moment: datetime) -> Air:
    """Tell what becomes of a broadcast whose encoder knocks, for the first time or again.

    Raises PublishRefused where one is in already, unless that one's ingest is gone.
    """
    assert air.status is not Status.ENDED
    if air.is_live and not _is_left_behind(air, client_ref, moment):
        raise PublishRefused("This stream is live already: stop the other encoder first.")
    return structs.replace(
        air,
        status=Status.LIVE,
        is_live=True,
        client_ref=client_ref,
        seen_at=moment,
        interrupted_at=None,
        started_at=air.started_at or moment,
    )


def hear(air: Air, client_ref: str, moment: datetime) -> Air:
    """Tell what it means that an encoder is still there: the lost one, too, may be heard again.

    Raises PublishRefused where it shouldn't be: it ended, hung up, or was replaced.
    """
    if air.status is not Status.LIVE or air.client_ref != client_ref:
        raise PublishRefused
    return structs.replace(air, is_live=True, seen_at=moment, interrupted_at=None)


def hang_up(air: Air, moment: datetime) -> Air:
    """Tell what becomes of a broadcast whose encoder is gone: it may come back for a minute.

    What is heard of the old connection later counts no more.
    """
    if air.status is not Status.LIVE:
        return air
    since = air.interrupted_at or moment
    return structs.replace(air, is_live=False, client_ref=None, interrupted_at=since)


def end(air: Air, moment: datetime) -> Air:
    """Tell what a broadcast is once it is over. Raises StreamNotLive where none goes on."""
    if air.status is not Status.LIVE:
        raise StreamNotLive
    return structs.replace(
        air,
        status=Status.ENDED,
        is_live=False,
        client_ref=None,
        interrupted_at=None,
        ended_at=moment,
    )


def air_of(stream: StoredStream) -> Air:
    """Tell how a broadcast stands to the ingest."""
    return Air(**{name: getattr(stream, name) for name in Air.__struct_fields__})


def ensure_live(stream: StoredStream) -> None:
    """Raise StreamNotLive where there is nothing to be watched right now."""
    if not stream.is_live:
        raise StreamNotLive


def draw_key() -> str:
    """Draw a key that nobody guesses."""
    return _KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> bytes:
    """Tell by what a key is found; of what is no key too, so that no word takes longer."""
    return hashlib.sha256(key.encode()).digest()


def is_key(text: str) -> bool:
    """Tell whether a text can be a key at all."""
    return _KEY.fullmatch(text) is not None


def read_publisher(form: dict[str, str], ingest: str) -> Publisher:
    """Read which encoder an ingest speaks of. Raises PublishRefused where it names none."""
    key, client_id = form.get("name", ""), form.get("clientid", "-")
    if not (is_key(key) and _INGEST.fullmatch(ingest) and _CLIENT_ID.fullmatch(client_id)):
        raise PublishRefused
    return Publisher(key, f"{ingest}/{client_id}")


def may_stream(role: Role, *, creators_only: bool) -> bool:
    """Tell whether somebody in a role may broadcast here."""
    return not creators_only or is_enough(role, Access.CREATOR)


def clean_form(form: StreamForm) -> Words:
    """Read what is said of a broadcast. Raises Invalid where it can't be meant."""
    return _clean(form.title, form.description, category=form.category, tags=form.tags)


def change_words(stream: StoredStream, change: StreamChange) -> Words:
    """Tell what is said of a broadcast after a change."""
    said = {
        name: getattr(stream, name) if (value := getattr(change, name)) is UNSET else value
        for name in ("title", "description", "category", "tags")
    }
    return _clean(**said)


def copy_words(stream: StoredStream) -> Words:
    """Tell what is said of a broadcast of which nothing is said but that it follows another."""
    return _clean(stream.title, stream.description, category=stream.category, tags=stream.tags)


def first_words(username: str) -> Words:
    """Tell what is said of a first broadcast whose owner said nothing yet."""
    return _clean(f"{username} live", "", category="", tags=[])


def key_of_category(category: str) -> str:
    """Tell by what a category is found: without case and accents."""
    return fold(category)


def room_name(title: str) -> str:
    """Name the room of a broadcast after it."""
    return title[:MAX_NAME_LENGTH].strip()


def is_visible_to(stream: StoredStream, viewer: UserId | None) -> bool:
    """Tell whether somebody may know of a broadcast.

    Its owner always; others once it was given words or went live, and while its owner isn't
    suspended.
    """
    return stream.owner_id == viewer or (stream.is_announced and not stream.is_hidden)


def is_playable(stream: StoredStream, moment: datetime) -> bool:
    """Tell whether there is anything of a broadcast to be played: while it goes on, and just after.

    What players hold back has time to be played out.
    """
    if stream.is_hidden:
        return False
    ended_just_now = stream.ended_at is not None and moment - stream.ended_at < PLAYS_ON
    return stream.status is Status.LIVE or ended_just_now


def is_file_name(name: str) -> bool:
    """Tell whether a name is one that the ingest gives to a file of a broadcast."""
    return name == PLAYLIST or _SEGMENT.fullmatch(name) is not None


def close_list(playlist: bytes) -> bytes:
    """Say in a list that it is the last one, so that players end instead of asking again."""
    return playlist.rstrip() + b"\n#EXT-X-ENDLIST\n"


def place_of(stream: StoredStream) -> Cursor:
    """Tell the place of a broadcast in the list of all."""
    return Cursor(stream.listed_at, stream.id)


def place_among_own(stream: StoredStream) -> Cursor:
    """Tell the place of a broadcast in the list of its owner."""
    return Cursor(stream.created_at, stream.id)


def show_stream(stream: StoredStream, playback: str, audience: Audience | None) -> Stream:
    """Show a broadcast; `playback` is where it is played."""
    present = audience.present if audience is not None and stream.is_live else 0
    total = audience.total if audience is not None else 0
    return Stream(
        id=stream.id,
        title=stream.title,
        description=stream.description,
        category=stream.category,
        tags=stream.tags,
        owner=Owner(stream.owner_id, stream.username),
        status=stream.status,
        is_live=stream.is_live,
        viewers_count=present,
        peak_viewers=max(present, stream.peak_viewers),
        total_viewers=max(total, stream.total_viewers),
        playback_url=playback,
        conversation_id=stream.conversation_id,
        slow_mode_seconds=stream.slow_mode_seconds,
        started_at=stream.started_at,
        ended_at=stream.ended_at,
        created_at=stream.created_at,
        updated_at=stream.updated_at,
    )


def show_own(stream: Stream, access: StreamAccess) -> OwnStream:
    """Show a broadcast to its owner, with what their encoder needs."""
    shown = {name: getattr(stream, name) for name in Stream.__struct_fields__}
    return OwnStream(**shown, stream_key=access.stream_key, rtmp_url=access.rtmp_url)


def playback_url(base: str, spread_below: str | None, stream_id: StreamId) -> str:
    """Tell where a broadcast is played: below an address of those who spread it, or from us."""
    if spread_below is None:
        return f"{base}/live/streams/{stream_id}/hls/{PLAYLIST}"
    return f"{spread_below.rstrip('/')}/{stream_id}/{PLAYLIST}"


def hand_out(stream: StoredStream) -> OwnBroadcast:
    """Give a broadcast to its owner with the rest of their data."""
    return OwnBroadcast(**{name: getattr(stream, name) for name in OwnBroadcast.__struct_fields__})


def evidence_of(stream: StoredStream) -> StreamEvidence:
    """Give what a report of a broadcast has to keep."""
    return StreamEvidence(
        author_id=stream.owner_id,
        username=stream.username,
        title=stream.title,
        description=stream.description,
        category=stream.category,
        tags=stream.tags,
        is_live=stream.is_live,
        created_at=stream.created_at,
    )


def _is_left_behind(air: Air, client_ref: str, moment: datetime) -> bool:
    """Tell whether who is said to be in can't be any more.

    An ingest that lives asks every two seconds; another one asks now, as after a restart.
    """
    assert air.client_ref is not None
    assert air.seen_at is not None
    is_same = _ingest_of(air.client_ref) == _ingest_of(client_ref)
    return not is_same and moment - air.seen_at >= SILENT_AFTER


def _ingest_of(client_ref: str) -> str:
    return client_ref.rpartition("/")[0]


def _clean(title: str, description: str, *, category: str, tags: Sequence[str]) -> Words:
    one_line = " ".join(title.split())
    if not one_line:
        raise Invalid(details=[Fault("title", "A stream needs a title.")])
    kept = list(dict.fromkeys(" ".join(tag.split()) for tag in tags if fold_tag(tag)))
    keys = list(dict.fromkeys(fold_tag(tag) for tag in kept))
    area = " ".join(category.split())
    return Words(one_line, description, area, kept, key_of_category(area), keys)
