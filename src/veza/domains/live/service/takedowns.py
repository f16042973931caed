"""Staff sees reported streams, and takes them down."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Access, Member, is_enough
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.core.stream_audiences import is_stream_open
from veza.core.structs import copy_fields
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.live.models.exports import StreamEvidence
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.queries import plans as covers
from veza.domains.live.queries import stored_streams
from veza.domains.live.rules import descriptions, states
from veza.domains.live.rules.audiences import is_cover_public
from veza.domains.live.service import plans, stored_states
from veza.infra.postgres.database import Conn, Tx


async def find_evidence(conn: Conn, stream_id: UUID, viewer: Member) -> StreamEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the stream."""
    stream = await stored_streams.find_stream(conn, StreamId(stream_id), viewer.id)
    if stream is not None and is_enough(viewer.role, Access.MODERATOR):
        # Staff sees what was reported to them, whatever the audience.
        stream = structs.replace(stream, is_admitted=True)
    if stream is None or not descriptions.is_visible_to(stream, viewer.id):
        return None
    return copy_fields(StreamEvidence, stream, author_id=stream.owner_id)


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    stream = await stored_streams.find_stream(conn, StreamId(content_id), None)
    return stream and OwnedItem(stream.owner_id, stream.title)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    """End a stream at once; its encoder is refused from now on."""
    stream = await stored_streams.lock_stream(tx, StreamId(content_id))
    if stream is None:
        return None
    if stream.status is StreamStatus.LIVE:
        await stored_states.save_state(tx, stream, states.end(states.state_of(stream), now()))
    await stored_streams.update_taken_down(tx, stream.id, is_taken_down=True)
    await plans.show_cover(tx, stream.cover_image_id, is_public=False)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    """Show a stream again; it stays ended."""
    stream = await stored_streams.lock_stream(tx, StreamId(content_id))
    if stream is not None:
        await stored_streams.update_taken_down(tx, stream.id, is_taken_down=False)
        is_public = is_stream_open(stream.audience)
        await plans.show_cover(tx, stream.cover_image_id, is_public=is_public)


async def _delete_taken_down(tx: Tx, content_id: UUID, _owner: Member) -> None:
    stream = await stored_streams.lock_stream(tx, StreamId(content_id))
    await stored_streams.delete_stream(tx, StreamId(content_id))
    if stream is not None and stream.cover_image_id is not None:
        await images.delete_images(tx, [stream.cover_image_id])


async def _lock_cover(tx: Tx, content_id: UUID) -> LockedItem | None:
    stream = await stored_streams.lock_stream(tx, StreamId(content_id))
    if stream is None:
        return None
    return LockedItem(stream.cover_image_id, is_cover_public(stream.audience, stream))


COVER = describe_place(PicturePlace(covers.find_covered, _lock_cover, covers.update_cover))
TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)
