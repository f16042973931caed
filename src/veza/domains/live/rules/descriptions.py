"""The details of streams, who sees them, and how they are shown."""

from veza.core import visibility
from veza.core.ids import UserId
from veza.core.normalize import fold, fold_tag, require_line
from veza.core.signed_urls import UrlBuilder
from veza.core.stream_audiences import is_stream_open
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.chat.conversations.models import MAX_NAME_LENGTH
from veza.domains.images.rules import url_of
from veza.domains.live.errors import StreamNotFound
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.stored_streams import StoredStream, StreamDetails, StreamTexts
from veza.domains.live.models.stream_keys import StreamAccess
from veza.domains.live.models.streams import OwnStream, Stream, StreamPlayback
from veza.domains.live.models.viewers import ViewerCounts

# The maximum number of drafts per member.
MAX_DRAFTS = 20


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

    Its owner always may. Others of its audience may once it was announced or went live, unless the
    owner is suspended, or the stream taken down.
    """
    return visibility.is_visible_to(
        viewer,
        stream.owner_id,
        is_shown=stream.is_announced and stream.is_admitted,
        is_hidden=stream.is_hidden,
    )


def ensure_visible(stream: StoredStream | None, viewer: UserId | None) -> StoredStream:
    """Return a stream that the viewer sees. Raises StreamNotFound.

    The error is the same as for missing streams, so that ids can't be probed.
    """
    if stream is None or not is_visible_to(stream, viewer):
        raise StreamNotFound
    return stream


def show_stream(
    stream: StoredStream,
    playback: StreamPlayback,
    counts: ViewerCounts | None,
    *,
    base: str,
    urls: UrlBuilder,
) -> Stream:
    """Show a stream and where it is played; `base` is the address of the API."""
    current = counts.current if counts is not None and stream.is_live else 0
    total = counts.total if counts is not None else 0
    return copy_fields(
        Stream,
        stream,
        owner=show_named_member(stream.owner_id, stream.username, stream.appearance),
        viewers_count=current,
        peak_viewers=max(current, stream.peak_viewers),
        total_viewers=max(total, stream.total_viewers),
        playback_url=playback.playback_url,
        rewind_url=playback.rewind_url,
        rewind_seconds=playback.rewind_seconds,
        cover_url=_find_cover_url(stream, urls),
        now_playing=stream.now_playing if stream.is_live else "",
        taken_down=show_taken_down(stream.taken_down, base),
    )


def show_own(
    stream: Stream, stored: StoredStream, guests: list[str], access: StreamAccess
) -> OwnStream:
    """Show a stream to its owner."""
    return copy_fields(
        OwnStream,
        stream,
        tier_id=stored.tier_id,
        product_id=stored.product_id,
        guests=guests,
        stream_key=access.stream_key,
        rtmp_url=access.rtmp_url,
    )


def _find_cover_url(stream: StoredStream, urls: UrlBuilder) -> str | None:
    if stream.cover_image_id is None:
        return None
    is_public = is_stream_open(stream.audience) and stream.taken_down is None
    return url_of(stream.cover_image_id, urls, is_public=is_public)


def _make_details(texts: StreamTexts) -> StreamDetails:
    title = require_line(texts.title, "title", "A stream needs a title.")
    tags = list(dict.fromkeys(" ".join(tag.split()) for tag in texts.tags if fold_tag(tag)))
    keys = list(dict.fromkeys(fold_tag(tag) for tag in tags))
    category = " ".join(texts.category.split())
    return StreamDetails(title, texts.description, category, tags, fold(category), keys)
