"""Shares, as players create, list, change and delete them."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from veza.core.activities import Activity
from veza.core.errors import Invalid
from veza.core.ids import PlaylistId
from veza.core.profiles import Right
from veza.domains.music.playlists.service.shares import PlaylistShareChange
from veza.domains.subsonic.errors import ParameterMissing
from veza.domains.subsonic.models.rows import ItemId, ItemKind
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import read_id
from veza.domains.subsonic.service import shares
from veza.domains.subsonic.service.shares import ShareRequest
from veza.http.context import context_of
from veza.http.expensive import SEARCH

_MAX_SONGS = 500
_MAX_LISTS = 20
_EXPIRES = "expires"


async def get_shares(call: Call) -> Answered:
    """Return the shares of the member, with their songs."""
    async with call.reading() as conn:
        return await shares.list_shares(conn, call.viewer, _origin(call))


async def create_share(call: Call) -> Answered:
    """Share songs, albums and playlists by an address that needs no account."""
    await call.count(Activity.EDIT)
    given = call.parameters
    new = ShareRequest(
        _read_items(call), given.find("description") or "", given.find_moment(_EXPIRES)
    )
    viewer, origin = call.viewer, _origin(call)
    return await call.change(lambda tx: shares.create_share(tx, viewer, new, origin))


async def update_share(call: Call) -> Answered:
    """Change the description of a share, or when it expires; at 0 it never does."""
    await call.count(Activity.EDIT)
    given = call.parameters
    expires_at: datetime | UnsetType | None = UNSET
    if given.find(_EXPIRES):
        expires_at = given.find_moment(_EXPIRES)
    change = PlaylistShareChange(given.find("description") or UNSET, expires_at)
    share = _share(call)
    await call.change(lambda tx: shares.update_share(tx, call.viewer, share, change))


async def delete_share(call: Call) -> Answered:
    """Delete a share."""
    share = _share(call)
    await call.change(lambda tx: shares.delete_share(tx, call.viewer, share))


def _origin(call: Call) -> str:
    return context_of(call.request).base_url_of(call.request)


def _share(call: Call) -> PlaylistId:
    return PlaylistId(call.item_id(ItemKind.PLAYLIST))


def _read_items(call: Call) -> list[ItemId]:
    """Return what is to be shared. Raises ParameterMissing, ItemNotFound and Invalid."""
    kinds = (ItemKind.TRACK, ItemKind.SINGLE, ItemKind.ALBUM, ItemKind.PLAYLIST)
    items = [read_id(text, *kinds) for text in call.parameters.values.get("id", ())]
    if not items:
        raise ParameterMissing("The parameter `id` is missing.")
    lists = sum(item.kind in {ItemKind.ALBUM, ItemKind.PLAYLIST} for item in items)
    if len(items) > _MAX_SONGS or lists > _MAX_LISTS:
        raise Invalid(f"Share at most {_MAX_SONGS} songs, or {_MAX_LISTS} albums and playlists.")
    return items


ENDPOINTS = {
    "getShares": Endpoint(get_shares, "shares", expensive=SEARCH),
    "createShare": Endpoint(create_share, "shares", is_change=True, right=Right.PUBLISH),
    "updateShare": Endpoint(update_share, is_change=True, right=Right.PUBLISH),
    "deleteShare": Endpoint(delete_share, is_change=True, goes_on=True, right=Right.PUBLISH),
}
