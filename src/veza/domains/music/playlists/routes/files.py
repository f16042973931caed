"""Playlists are downloaded and imported as M3U8, XSPF and JSPF here."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, QueryParameter

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.filenames import attachment
from veza.core.ids import PlaylistId
from veza.core.profiles import Right
from veza.domains.music.playlists import errors, formats
from veza.domains.music.playlists.models.files import ImportedPlaylist, PlaylistFormat
from veza.domains.music.playlists.service import files, playlists
from veza.http.dependencies import (
    AnyRequest,
    database_of,
    expensive_work,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH
from veza.http.security.signed_urls import urls_of

_Format = Annotated[PlaylistFormat, QueryParameter(name="format", description="The file format.")]


@get(
    "/playlists/{playlist_id:uuid}/export",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces=" ".join(formats.MEDIA_TYPES.values()),
    expensive=SEARCH,
    errors=[errors.PlaylistNotFound],
)
async def export_playlist(
    request: AnyRequest,
    playlist_id: FromPath[UUID],
    file_format: _Format = PlaylistFormat.M3U8,
) -> Response[bytes]:
    """Download a playlist as M3U8, XSPF or JSPF, with the tracks that you may see."""
    async with expensive_work(request, SEARCH), reading(request) as conn:
        viewer = visitor_of(request)
        playlist = await playlists.find_visible(conn, PlaylistId(playlist_id), viewer)
        content = await files.export_playlist(
            conn, playlist, viewer, form=file_format, urls=urls_of(request)
        )
    return Response(
        content,
        media_type=formats.MEDIA_TYPES[file_format],
        headers={"content-disposition": attachment(f"{playlist.title}.{file_format}")},
    )


@post(
    "/playlists/import",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    raw="The playlist file.",
    raw_types=" ".join(formats.MEDIA_TYPES.values()),
    request_max_body_size=5 * 1024 * 1024,
    errors=[
        errors.TooManyPlaylists,
        errors.UnreadablePlaylist,
        errors.WrongPlaylistFormat,
        errors.PlaylistFileTooLarge,
    ],
)
async def import_playlist(request: AnyRequest) -> ImportedPlaylist:
    """Create a private playlist from an M3U, XSPF or JSPF file, which is the body of the request.

    `Content-Type` names the format. Tracks are found by their address on this server, else by
    artist and title. The response lists the tracks that were not found.
    """
    form = formats.find_format(request.headers.get("content-type", ""))
    if form is None:
        raise errors.WrongPlaylistFormat
    file, wanted = await asyncio.to_thread(files.read_file, await request.body(), form)
    viewer, urls = viewer_of(request), urls_of(request)
    return await database_of(request).transact(
        lambda tx: files.import_playlist(tx, viewer, file, wanted=wanted, urls=urls)
    )


router = Router(
    "/",
    route_handlers=[export_playlist, import_playlist],
    tags=["playlists"],
    opt={"right": Right.PUBLISH},
)
