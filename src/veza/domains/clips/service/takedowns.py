"""Staff takes clips down, and hears them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import StreamClipId
from veza.core.reviews import ReviewedFile, ReviewedKind
from veza.core.signed_urls import UrlBuilder
from veza.domains.clips import queries, rules
from veza.domains.clips.service.clips import discard
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.live.rules import audiences
from veza.domains.live.rules.audiences import TicketHolder
from veza.infra.postgres.database import Conn, Tx


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the playlist of a clip, by a ticket of staff for its stream."""
    clip = await queries.find_clip(conn, StreamClipId(content_id), None)
    if clip is None:
        return []
    holder = TicketHolder(is_staff=True)
    ticket = audiences.write_ticket(urls.signer, clip.stream_id, holder, now())
    url = rules.playback_url(urls.base, clip.id, ticket)
    return [ReviewedFile(ReviewedKind.LIVE, clip.title, url)]


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    clip = await queries.find_clip(conn, StreamClipId(content_id), None)
    return clip and OwnedItem(clip.maker_id, clip.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    clip = await queries.lock_clip(tx, StreamClipId(content_id))
    if clip is None:
        return None
    await queries.update_taken_down(tx, clip.id, is_taken_down=True)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await queries.update_taken_down(tx, StreamClipId(content_id), is_taken_down=False)


async def _delete(tx: Tx, content_id: UUID, _owner: Member) -> None:
    await discard(tx, StreamClipId(content_id))


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
