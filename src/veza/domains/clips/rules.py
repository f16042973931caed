"""Bounds of clips, their files, and how they are shown."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import StreamClipId, UserId
from veza.core.stream_audiences import is_stream_open
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.clips.errors import ClipNotFound, TooManyClips
from veza.domains.clips.models import ClipForm, ClipUse, StoredClip, StreamClip
from veza.domains.live.models.stored_streams import StoredStream

MAX_CLIP_BYTES = 64 * 1024**2
MAX_OF_MEMBER = ClipUse(100, 1024**3)
MAX_OF_STREAM = ClipUse(200, 2 * 1024**3)
# Players begin once they have a part, and a part is in memory while it is stored.
PART_S = 6.0
PART_BYTES = 8 * 1024**2
PLAYLIST = "index.m3u8"
# What was not finished by then never is: the process that made it has ended.
UNFINISHED_AFTER = timedelta(minutes=10)

_PART_NAME = re.compile(r"([0-9]{1,3})\.(?:ts|aac)")


def folder_of(clip_id: StreamClipId) -> str:
    """Return the folder of a clip's objects."""
    return f"clips/{clip_id}"


def part_key(clip_id: StreamClipId, number: int, kind: str) -> str:
    """Return the key of a part's object."""
    return f"{folder_of(clip_id)}/{number}.{kind}"


def read_part_name(clip: StoredClip, name: str) -> int:
    """Return the number of the part that a playlist names so. Raises ClipNotFound."""
    matched = _PART_NAME.fullmatch(name)
    number = int(matched[1]) if matched else len(clip.parts_us)
    if number >= len(clip.parts_us) or name != f"{number}.{clip.format}":
        raise ClipNotFound
    return number


def media_kept_for(stream: StoredStream, form: ClipForm) -> UUID | None:
    """Return the folder that a clip is of, if not everybody might watch the stream then.

    Another audience has another folder: it does not see what was not sent to it. A replay is
    published by its owner.
    """
    is_open = is_stream_open(stream.audience) or form.track_id is not None
    return None if is_open else stream.media_id


def ensure_room(used: ClipUse, bound: ClipUse) -> None:
    """Raise TooManyClips unless one more has room, as large as it may be."""
    if used.count >= bound.count or used.size_bytes + MAX_CLIP_BYTES > bound.size_bytes:
        raise TooManyClips


def may_delete(clip: StoredClip, member_id: UserId) -> bool:
    """Return whether a member may delete a clip: its maker, and the owner of the stream."""
    return member_id in {clip.maker_id, clip.owner_id}


def is_visible_to(clip: StoredClip, viewer_id: UserId | None) -> bool:
    """Return whether a viewer may see a clip, of a stream that they may watch.

    Its maker sees one that is taken down, and nobody else; suspension of the maker hides it as
    well, and so does a block between maker and viewer, or another audience than it was made for,
    but not from the owner of the stream.
    """
    is_own = viewer_id is not None and viewer_id == clip.maker_id
    return is_own or (not clip.is_hidden and clip.taken_down is None)


def show(clip: StoredClip, base: str, ticket: str | None) -> StreamClip:
    """Show a clip that is played with a ticket; `base` is the address of the API."""
    return copy_fields(
        StreamClip,
        clip,
        maker=show_named_member(clip.maker_id, clip.username, clip.appearance),
        duration_ms=sum(clip.parts_us) // 1000,
        playback_url=playback_url(base, clip.id, ticket) if clip.is_played else None,
        taken_down=show_taken_down(clip.taken_down, base),
    )


def playback_url(base: str, clip_id: StreamClipId, ticket: str | None) -> str:
    """Return the URL of the playlist of a clip, with the ticket for its stream."""
    query = "" if ticket is None else f"?ticket={ticket}"
    return f"{base}/live/clips/{clip_id}/hls/{PLAYLIST}{query}"


def write_playlist(clip: StoredClip, ticket: str | None) -> str:
    """Return the HLS playlist of a clip whose parts are asked for with a ticket."""
    query = "" if ticket is None else f"?ticket={ticket}"
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXT-X-TARGETDURATION:{max(clip.parts_us, default=0) // 1_000_000 + 1}",
        "#EXT-X-MEDIA-SEQUENCE:0",
    ]
    for number, duration_us in enumerate(clip.parts_us):
        if number in clip.breaks:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f"#EXTINF:{duration_us / 1_000_000:.6f},", f"{number}.{clip.format}{query}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def list_breaks(are_breaks: Sequence[bool]) -> list[int]:
    """Return the numbers of parts that follow a break; the first one follows nothing."""
    return [number for number, is_break in enumerate(are_breaks) if is_break and number > 0]
