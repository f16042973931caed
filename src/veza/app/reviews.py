"""Files of reported items for staff, and other items with equal files."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from veza.app import pictures
from veza.app.domains import DOMAINS, merge
from veza.app.report_targets import TAKEDOWNS
from veza.core.access import Member, Role
from veza.core.clock import now
from veza.core.ids import ProductId, StreamId, UserId
from veza.core.reviews import ReviewedFile, ReviewedKind
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import ItemCopy
from veza.domains.contributions import (
    FindCopies,
    ListHashes,
    ListReviewed,
    ListReviewedObjects,
)
from veza.domains.live.rules import audiences, media
from veza.domains.live.service import takedowns
from veza.domains.marketplace.products import shared_queries as products
from veza.domains.music.audio.service import reviews as track_files
from veza.domains.music.releases.service import takedowns as releases
from veza.infra.postgres.database import Conn

_MAX_COPIES = 10
_PICTURES = ("image", "avatar", "banner")

# By type, the pictures that are seen of it.
_PICTURED = {
    **{kind: (TAKEDOWNS[kind],) for kind in _PICTURES},
    **dict.fromkeys(("profile", "user"), (TAKEDOWNS["avatar"], TAKEDOWNS["banner"])),
}


async def _list_product(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return what a product sells: a track, or those of a release."""
    found = await products.find_contents(conn, ProductId(content_id))
    if found is None:
        return []
    if found.track_id is not None:
        return await track_files.list_reviewed(conn, found.track_id, urls)
    if found.release_id is not None:
        return await releases.list_reviewed(conn, found.release_id, urls)
    return []


async def _list_stream(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the playlist of a stream while it is live; nothing of it is stored."""
    nobody = Member(UserId(content_id), Role.MODERATOR, session_id=None)
    found = await takedowns.find_evidence(conn, content_id, nobody)
    if found is None or not found.is_live:
        return []
    stream_id = StreamId(content_id)
    staff = audiences.TicketHolder(is_staff=True)
    ticket = audiences.write_ticket(urls.signer, stream_id, staff, now())
    url = media.playback_url(urls.base, None, stream_id, stream_id) + f"?ticket={ticket}"
    return [ReviewedFile(ReviewedKind.LIVE, found.title, url)]


REVIEWED: Mapping[str, ListReviewed] = merge(
    [
        *(wiring.reviewed for wiring in DOMAINS.values()),
        {kind: partial(pictures.list_reviewed, kinds) for kind, kinds in _PICTURED.items()},
        {"product": _list_product, "stream": _list_stream},
    ]
)
OBJECTS: Mapping[str, ListReviewedObjects] = merge(
    wiring.review_objects for wiring in DOMAINS.values()
)

_LIKE: Mapping[str, FindCopies] = merge(wiring.copies for wiring in DOMAINS.values())
_HASHES: Mapping[str, ListHashes] = merge(wiring.file_hashes for wiring in DOMAINS.values())


async def _find_copies(content_type: str, conn: Conn, content_id: UUID) -> list[ItemCopy]:
    """Return other items that sound or look the same, then those with an equal file."""
    item = await TAKEDOWNS[content_type].find(conn, content_id)
    if item is None:
        return []
    if content_type in _LIKE:
        found = await _LIKE[content_type](conn, item.content_id or content_id)
    else:
        found = []
    known = {each.content_id for each in found}
    hashes = await _list_hashes(content_type, conn, content_id)
    for list_same in (each for wiring in DOMAINS.values() for each in wiring.same_files):
        same = await list_same(conn, hashes, item.owner_id) if hashes else []
        found += [each for each in same if each.content_id not in known]
    return found[:_MAX_COPIES]


async def _list_hashes(content_type: str, conn: Conn, content_id: UUID) -> list[str]:
    if content_type in _HASHES:
        return await _HASHES[content_type](conn, content_id)
    if content_type in OBJECTS:
        return [each.sha256 for each in await OBJECTS[content_type](conn, content_id)]
    return []


COPIES: Mapping[str, FindCopies] = {
    kind: partial(_find_copies, kind) for kind in sorted({*_LIKE, *_HASHES, *OBJECTS})
}
