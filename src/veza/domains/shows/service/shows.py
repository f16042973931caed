"""Owners create, change and delete shows; private ones are not found by others.

A new show locks its owner, whose shows are counted. What changes a show or its episodes locks the
show; what needs the track of an episode locks that one before.
"""

from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import ShowId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import as_chosen
from veza.core.visibility import Visibility
from veza.domains.images.service import images
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.relationships import service as relationships
from veza.domains.shows.errors import ShowNotFound, TooManyShows
from veza.domains.shows.models.shows import (
    MAX_SHOWS,
    Show,
    ShowChange,
    ShowEvidence,
    ShowForm,
    ShowPage,
    ShowQuery,
    StoredShow,
)
from veza.domains.shows.queries import shows as queries
from veza.domains.shows.rules import shows as rules
from veza.domains.shows.service.search import index_shows
from veza.infra.postgres.database import Conn, Tx


async def create_show(
    tx: Tx, owner: Member, form: ShowForm, urls: UrlBuilder, *, guid: UUID | None = None
) -> Show:
    """Create a show without episodes. Raises TooManyShows, ImageNotFound and ImageInUse.

    One that comes from another server keeps the `guid` of its feed.
    """
    cleaned = rules.clean(form)
    show_id = ShowId(new_id())
    feed_url = urls.origin + rules.feed_path(show_id)
    await lock_owner(tx, owner)
    if await queries.count_shows(tx, owner.id) >= MAX_SHOWS:
        raise TooManyShows
    await _show_cover(tx, owner, cleaned)
    guid = guid or rules.make_guid(feed_url)
    await queries.insert_show(tx, show_id, owner.id, guid, cleaned)
    if cleaned.visibility is Visibility.PUBLIC:
        await index_shows(tx, [show_id])
    return await get_show(tx, show_id, owner, urls)


async def get_show(conn: Conn, show_id: ShowId, viewer: Member | None, urls: UrlBuilder) -> Show:
    """Return a show. Raises ShowNotFound."""
    return rules.show_show(await find_visible(conn, show_id, viewer), urls)


async def list_shows(
    conn: Conn, query: ShowQuery, viewer: Member | None, urls: UrlBuilder
) -> ShowPage:
    """Return a page of shows, newest first."""
    found = await queries.list_shows(conn, query, viewer and viewer.id)
    page, following = cut(found, query.limit, lambda show: Cursor(show.created_at, show.id))
    shown = [rules.show_show(show, urls) for show in page]
    return ShowPage(shown, following, following is not None)


async def list_shows_of(
    conn: Conn, username: str, query: ShowQuery, *, viewer: Member | None, urls: UrlBuilder
) -> ShowPage:
    """Return a page of a profile's public shows. Raises UserNotFound."""
    owner_id = await relationships.find_visible_id(conn, username, viewer)
    return await list_shows(conn, structs.replace(query, owner_id=owner_id), viewer, urls)


async def update_show(
    tx: Tx, show_id: ShowId, member: Member, *, change: ShowChange, urls: UrlBuilder
) -> Show:
    """Change a show of the caller. Raises ShowNotFound, NotYourShow and the errors of images."""
    show = await lock_own(tx, show_id, member)
    form = rules.clean(merge(ShowForm, as_chosen(show), change))
    rules.ensure_moved_away(form, urls.origin + rules.feed_path(show_id))
    await _change_cover(tx, member, show, form)
    await queries.update_show(tx, show_id, form)
    if Visibility.PUBLIC in {show.visibility, form.visibility}:
        await index_shows(tx, [show_id])
    await note_edit(tx, show.taken_down)
    return await get_show(tx, show_id, member, urls)


async def delete_show(tx: Tx, show_id: ShowId, member: Member) -> None:
    """Delete a show of the caller, and its cover. Its tracks stay."""
    show = await lock_own(tx, show_id, member)
    await queries.delete_show(tx, show_id)
    if show.cover_image_id is not None:
        await images.delete_images(tx, [show.cover_image_id])


async def find_visible(conn: Conn, show_id: ShowId, viewer: Member | None) -> StoredShow:
    """Return a show that the viewer may see. Raises ShowNotFound."""
    viewer_id = viewer and viewer.id
    show = required(await queries.find_show(conn, show_id, viewer_id), ShowNotFound)
    if not rules.can_see(show, viewer_id):
        raise ShowNotFound
    return show


async def find_evidence(conn: Conn, show_id: UUID, viewer: Member) -> ShowEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the show."""
    found = await queries.find_show(conn, ShowId(show_id), viewer.id)
    if found is None or not rules.can_see(found, viewer.id):
        return None
    return copy_fields(ShowEvidence, found, author_id=found.owner_id)


async def lock_own(tx: Tx, show_id: ShowId, member: Member) -> StoredShow:
    """Lock and return a show of the member. Raises ShowNotFound and NotYourShow."""
    show = required(await queries.lock_show(tx, show_id), ShowNotFound)
    if not rules.can_see(show, member.id):
        raise ShowNotFound
    return rules.ensure_own(show, member.id)


async def lock_owner(tx: Tx, owner: Member) -> None:
    """Lock a profile before its shows. Raises Unauthenticated if the account is deleted."""
    if not await queries.lock_owner(tx, owner.id):
        # The token outlived the account.
        raise Unauthenticated


async def _show_cover(tx: Tx, owner: Member, form: ShowForm) -> None:
    if form.cover_image_id is not None:
        is_public = form.visibility is Visibility.PUBLIC
        await images.show_images(tx, owner.id, [form.cover_image_id], is_public=is_public)


async def _change_cover(tx: Tx, owner: Member, show: StoredShow, form: ShowForm) -> None:
    if show.owner_visibility is not None:
        form = structs.replace(form, visibility=Visibility.PRIVATE)
    if form.cover_image_id != show.cover_image_id:
        await _show_cover(tx, owner, form)
        if show.cover_image_id is not None:
            await images.delete_images(tx, [show.cover_image_id])
    elif show.cover_image_id is not None and form.visibility is not show.visibility:
        is_public = form.visibility is Visibility.PUBLIC
        await images.update_public(tx, show.cover_image_id, is_public=is_public)
