"""Releases are created, proposed from tags of files, listed and given tracks here."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ReleaseId, TrackId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.credits.errors import TooManyPendingCredits
from veza.domains.music.releases import errors
from veza.domains.music.releases.models.forms import (
    ReleaseChange,
    ReleaseForm,
    ReleaseImport,
    ReleaseKind,
    ReleaseProposal,
    ReleaseTracksForm,
)
from veza.domains.music.releases.models.releases import (
    Release,
    ReleasePage,
    ReleaseQuery,
    TrackReleases,
)
from veza.domains.music.releases.models.tracklists import ReleaseTracks
from veza.domains.music.releases.service import contents, imports, lists, releases
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound, TrackNotReady
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.platform.uploads.service import Uploads
from veza.http.dependencies import AnyRequest, Conn, Tx, reading, viewer_of, visitor_of
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FILTERED_TEXTS = ("title", "artist_name", "description", "label", "tags", "artists", "credits")

_Query = NamedDependency[ReleaseQuery]
_Genre = Annotated[str | None, QueryParameter(max_length=50, description="Ignores case.")]
_Kind = Annotated[ReleaseKind | None, QueryParameter(description="The kind of release.")]


def provide_release_query(
    limit: PageLimit = 20, cursor: CursorText = None, genre: _Genre = None, kind: _Kind = None
) -> ReleaseQuery:
    """Read the query parameters of a list of releases."""
    return ReleaseQuery(limit=limit, cursor=read_cursor(cursor), genre=genre, kind=kind)


@post(
    "/releases",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.TooManyReleases,
        TooManyPendingCredits,
        TrackNotFound,
        NotYourTrack,
        ImageNotFound,
        ImageInUse,
        TextRefused,
    ],
)
async def create_release(request: AnyRequest, data: JSONBody[ReleaseForm], tx: Tx) -> Release:
    """Create a release of your tracks. It is private unless you say otherwise.

    When it becomes public, its tracks become public too, and your followers are notified once. With
    `publish_at` that happens then, and the release is private until then.
    """
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    release = await releases.create_release(tx, owner, data, urls_of(request))
    await screening.report(tx, "release", release.id)
    return release


@post(
    "/releases/import",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    status_code=200,
    errors=[TrackNotFound, NotYourTrack, TrackNotReady],
)
async def import_release(request: AnyRequest, data: JSONBody[ReleaseImport]) -> ReleaseProposal:
    """Propose a release from the tags of files that you uploaded; nothing is created yet.

    Upload each file with `POST /tracks` first, and wait until the tracks are `ready`. Then send
    their ids here, up to 100, and `release` of the answer to `POST /releases`, changed or as it is.
    The cover is an image made of the first cover among the tracks.
    """
    return await imports.propose_release(
        service_of(request, Uploads),
        service_of(request, AudioStorage),
        viewer_of(request),
        track_ids=data.track_ids,
        urls=urls_of(request),
    )


@get(
    "/releases",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    expensive=SEARCH.only_with("genre", "kind"),
    errors=[pages.BadCursor],
)
async def list_releases(request: AnyRequest, release_query: _Query) -> ReleasePage:
    """List public releases with tracks, the latest published first."""
    async with reading(request) as conn:
        return await lists.list_releases(conn, release_query, visitor_of(request), urls_of(request))


@get(
    "/users/{username:str}/releases",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[UserNotFound, pages.BadCursor],
)
async def list_releases_of_user(
    request: AnyRequest, username: FromPath[str], release_query: _Query
) -> ReleasePage:
    """List the releases of a member, newest first: your own all, those of others if public."""
    async with reading(request) as conn:
        return await lists.list_releases_of(
            conn, username, release_query, visitor_of(request), urls_of(request)
        )


@get(
    "/releases/{release_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ReleaseNotFound],
)
async def show_release(request: AnyRequest, release_id: FromPath[UUID], conn: Conn) -> Release:
    """Get a release, without its tracks."""
    return await releases.get_release(
        conn, ReleaseId(release_id), visitor_of(request), urls_of(request)
    )


@put(
    "/releases/{release_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.ReleaseNotFound,
        errors.NotYourRelease,
        errors.ReleasePreordered,
        TooManyPendingCredits,
        ImageNotFound,
        ImageInUse,
        TextRefused,
    ],
)
async def update_release(
    request: AnyRequest, release_id: FromPath[UUID], data: JSONBody[ReleaseChange], tx: Tx
) -> Release:
    """Change a release of yours. Omitted fields keep their values.

    When it becomes public, its tracks become public too. A private release stays on no list; its
    tracks are not changed. While it has pre-orders, it stays scheduled: the date may change.
    """
    owner = viewer_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    release = await releases.update_release(
        tx, ReleaseId(release_id), owner, data, urls_of(request)
    )
    await screening.report(tx, "release", release.id)
    return release


@delete(
    "/releases/{release_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.ReleaseNotFound, errors.NotYourRelease, errors.ReleasePreordered],
)
async def delete_release(request: AnyRequest, release_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a release of yours and its cover. Its tracks are not deleted.

    Products that are this release are withdrawn; their buyers keep its tracks. Pre-orders must be
    delivered or cancelled first.
    """
    await releases.delete_release(tx, ReleaseId(release_id), viewer_of(request))
    return Deleted(release_id)


@get(
    "/releases/{release_id:uuid}/tracks",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.ReleaseNotFound],
)
async def list_release_tracks(
    request: AnyRequest, release_id: FromPath[UUID], conn: Conn
) -> ReleaseTracks:
    """List the tracks of a release that you may see, by disc and number: at most 500."""
    return await contents.list_tracks(
        conn, ReleaseId(release_id), visitor_of(request), urls_of(request)
    )


@put(
    "/releases/{release_id:uuid}/tracks",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[errors.ReleaseNotFound, errors.NotYourRelease, TrackNotFound, NotYourTrack],
)
async def replace_release_tracks(
    request: AnyRequest, release_id: FromPath[UUID], data: JSONBody[ReleaseTracksForm], tx: Tx
) -> ReleaseTracks:
    """Replace all tracks of your release by tracks of yours. Tracks taken off are not deleted.

    Tracks that are added to a public release become public.
    """
    return await contents.replace_tracks(
        tx, ReleaseId(release_id), viewer_of(request), data, urls_of(request)
    )


@get(
    "/tracks/{track_id:uuid}/releases",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[TrackNotFound],
)
async def list_releases_of_track(
    request: AnyRequest, track_id: FromPath[UUID], conn: Conn
) -> TrackReleases:
    """List the public releases that a track is on, and yours, newest first: at most 100."""
    return await contents.list_releases_of_track(
        conn, TrackId(track_id), visitor_of(request), urls_of(request)
    )


router = Router(
    "/",
    route_handlers=[
        create_release,
        import_release,
        list_releases,
        list_releases_of_user,
        show_release,
        update_release,
        delete_release,
        list_release_tracks,
        replace_release_tracks,
        list_releases_of_track,
    ],
    tags=["releases"],
    opt={"right": Right.PUBLISH},
)
