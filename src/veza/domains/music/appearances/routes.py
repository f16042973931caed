"""Lists of what names a profile as artist or contributor, and of whom own music names."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.profiles import Right
from veza.domains.music.appearances import service
from veza.domains.music.appearances.models import (
    AppearanceQuery,
    ProfileAppearances,
    ProfileCredits,
)
from veza.domains.music.credits.models import AskedCredits, CreditedKind
from veza.domains.music.releases.errors import NotYourRelease, ReleaseNotFound
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.profiles.errors import ProfileNotFound
from veza.http.dependencies import AnyRequest, Conn, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of
from veza.infra.concurrency.overload import Importance

_Kind = Annotated[
    CreditedKind, QueryParameter(name="type", description="Whether tracks or releases are listed.")
]


@get(
    "/profiles/{profile_id:uuid}/appearances",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[ProfileNotFound, pages.BadCursor],
)
async def list_appearances(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    kind: _Kind = CreditedKind.TRACK,
) -> ProfileAppearances:
    """List the public tracks, or releases, of others that a profile is an artist of.

    Those that it confirmed, the latest credits first.
    """
    query = AppearanceQuery(UserId(profile_id), kind, True, limit, read_cursor(cursor))
    return await service.list_appearances(conn, query, visitor_of(request), urls_of(request))


@get(
    "/profiles/{profile_id:uuid}/credits",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[ProfileNotFound, pages.BadCursor],
)
async def list_profile_credits(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    kind: _Kind = CreditedKind.TRACK,
) -> ProfileCredits:
    """List what a profile contributed to public tracks, or releases, by its confirmed credits.

    The latest credits come first. Being an artist is no contribution: see `appearances`.
    """
    query = AppearanceQuery(UserId(profile_id), kind, False, limit, read_cursor(cursor))
    return await service.list_credits(conn, query, visitor_of(request), urls_of(request))


@get(
    "/tracks/{track_id:uuid}/credits",
    access=Access.USER,
    scope=Scope.READ,
    right=Right.PUBLISH,
    errors=[TrackNotFound, NotYourTrack],
)
async def list_track_credits(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn
) -> AskedCredits:
    """List the artists and credits of a track of yours, with what the profiles answered.

    Everybody else sees a profile once it has confirmed. Send the same fields back to change them.
    """
    return await service.list_track_credits(conn, TrackId(track_id), viewer_of(request))


@get(
    "/releases/{release_id:uuid}/credits",
    access=Access.USER,
    scope=Scope.READ,
    right=Right.PUBLISH,
    errors=[ReleaseNotFound, NotYourRelease],
)
async def list_release_credits(
    request: AnyRequest, release_id: FromPath[UUID], conn: Conn
) -> AskedCredits:
    """List the artists and credits of a release of yours, with what the profiles answered."""
    return await service.list_release_credits(conn, ReleaseId(release_id), viewer_of(request))


router = Router(
    "/",
    route_handlers=[
        list_appearances,
        list_profile_credits,
        list_track_credits,
        list_release_credits,
    ],
    tags=["credits"],
)
