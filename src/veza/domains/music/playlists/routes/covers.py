"""`/playlists/{id}/cover`: the picture of a playlist, for all who see the playlist."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.ids import PlaylistId
from veza.core.signed_urls import Resource
from veza.core.visibility import Visibility
from veza.domains.music.playlists import errors
from veza.domains.music.playlists.service import covers
from veza.http.dependencies import AnyRequest, database_of, visitor_of
from veza.http.responses.caching import PUBLIC_FILE
from veza.http.responses.pictures import PictureSize, serve_mosaic
from veza.http.responses.ranges import FileMetadata
from veza.http.security.signed_urls import Signature, is_signed


@get(
    "/playlists/{playlist_id:uuid}/cover",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces="image/jpeg",
    partial=True,
    errors=[errors.PlaylistNotFound, errors.PlaylistCoverNotFound],
)
async def show_playlist_cover(
    request: AnyRequest,
    playlist_id: FromPath[UUID],
    url_signature: Signature,
    size: PictureSize = None,
) -> Response[Any]:
    """Get the cover of a playlist, a JPEG.

    Without one of its own it has those of its first four tracks that differ, in a square, or the
    first if there are fewer. A smart playlist has its own, or none.
    """
    visitor = visitor_of(request)
    granted = is_signed(request, url_signature, Resource.PLAYLIST, playlist_id)
    async with database_of(request).read() as conn:
        cover = await covers.open_cover(conn, PlaylistId(playlist_id), visitor, granted=granted)
    # Members see at once what they changed.
    is_for_all = visitor is None and cover.playlist.visibility is Visibility.PUBLIC
    facts = FileMetadata(
        size=0,
        content_type="image/jpeg",
        etag=cover.etag,
        modified=cover.playlist.updated_at,
        cache_control=PUBLIC_FILE if is_for_all else "private, no-cache",
    )
    return await serve_mosaic(
        request, facts, cover.pictures, size, missing=errors.PlaylistCoverNotFound
    )


router = Router("/", route_handlers=[show_playlist_cover], tags=["playlists"])
