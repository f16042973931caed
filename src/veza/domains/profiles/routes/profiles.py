"""Profiles: shown to everybody, changed by who manages them, with pictures in several sizes."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, delete, get, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProfileId
from veza.core.profiles import NotYourProfile, Right
from veza.domains.auth.accounts.errors import NameOfVerified, UsernameTaken
from veza.domains.images.errors import ImageMissing, ImageTooLarge, ImageUnreadable
from veza.domains.images.models import MAX_IMAGE_BYTES, ShownPicture
from veza.domains.images.service.images import ImageProcessing
from veza.domains.platform.uploads.errors import UPLOAD_ERRORS
from veza.domains.platform.uploads.models import FileForm
from veza.domains.platform.uploads.service import Uploads
from veza.domains.profiles import errors
from veza.domains.profiles.models.pictures import AvatarFile, ProfilePicture
from veza.domains.profiles.models.profiles import Profile, ProfileChange, ProfileList
from veza.domains.profiles.service import profiles as service
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.requests.multipart import BrokenForm, UploadForm
from veza.http.responses.caching import PUBLIC_CHANGING, PUBLIC_FILE
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_object
from veza.http.services import service_of

_FILE = {"file": "A picture: JPEG, PNG, WebP or GIF of at most 10 MiB."}
_NOT_YOURS = (errors.ProfileNotFound, NotYourProfile)
_UPLOAD_ERRORS = (*_NOT_YOURS, BrokenForm, ImageMissing, ImageTooLarge, ImageUnreadable)

_Side = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=10_000,
        description="The side that you show, in pixels. It is rounded up to 64, 128, 256 or 512; "
        "a larger one, or none, gets 512.",
    ),
]
_Version = Annotated[
    str | None,
    QueryParameter(
        max_length=64,
        description="As in `avatar_url`: the answer may be kept for a day, not for five minutes.",
    ),
]


@get("/users/me/profiles", access=Access.USER, scope=Scope.READ)
async def list_own_profiles(request: AnyRequest, conn: Conn) -> ProfileList:
    """List your profiles, your personal one first, each with your role in it.

    To act as one, send its id as `X-Veza-Profile`.
    """
    return await service.list_own(conn, viewer_of(request))


@put(
    "/profiles/{profile_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[*_NOT_YOURS, NameOfVerified, errors.PinnedReleaseNotFound, UsernameTaken],
)
async def change_profile(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[ProfileChange], tx: Tx
) -> Profile:
    """Change a profile that you manage; omitted fields keep their values.

    The display name may be in any script. A name that looks like that of a verified profile is
    refused, and another name ends the verification of yours. Of a person, `text` is the biography
    of the account. A pinned release must be one of the profile, and is shown while it is shared.
    """
    return await service.change_profile(tx, ProfileId(profile_id), viewer_of(request), data)


@put(
    "/profiles/{profile_id:uuid}/avatar",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=FileForm,
    files=_FILE,
    request_max_body_size=None,
    errors=[*_UPLOAD_ERRORS, *UPLOAD_ERRORS],
)
async def upload_avatar(request: AnyRequest, profile_id: FromPath[UUID]) -> Profile:
    """Upload the picture of a profile of yours; the former one is deleted.

    The middle square is kept, as JPEG of at most 512, 256, 128 and 64 pixels without metadata; of
    an animated GIF the first frame is used.
    """
    return await _upload(request, ProfilePicture(ProfileId(profile_id), ShownPicture.AVATAR))


@put(
    "/profiles/{profile_id:uuid}/banner",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    form=FileForm,
    files=_FILE,
    request_max_body_size=None,
    errors=[*_UPLOAD_ERRORS, *UPLOAD_ERRORS],
)
async def upload_banner(request: AnyRequest, profile_id: FromPath[UUID]) -> Profile:
    """Upload the banner of a profile of yours; the former one is deleted.

    The middle is kept, three times as wide as high, as a JPEG of at most 2,560 pixels without
    metadata.
    """
    return await _upload(request, ProfilePicture(ProfileId(profile_id), ShownPicture.BANNER))


@delete(
    "/profiles/{profile_id:uuid}/avatar",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_NOT_YOURS],
)
async def remove_avatar(request: AnyRequest, profile_id: FromPath[UUID], tx: Tx) -> Profile:
    """Delete the picture of a profile of yours. Without one, nothing changes."""
    picture = ProfilePicture(ProfileId(profile_id), ShownPicture.AVATAR)
    return await service.remove_picture(tx, picture, viewer_of(request))


@delete(
    "/profiles/{profile_id:uuid}/banner",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[*_NOT_YOURS],
)
async def remove_banner(request: AnyRequest, profile_id: FromPath[UUID], tx: Tx) -> Profile:
    """Delete the banner of a profile of yours. Without one, nothing changes."""
    picture = ProfilePicture(ProfileId(profile_id), ShownPicture.BANNER)
    return await service.remove_picture(tx, picture, viewer_of(request))


@get(
    "/profiles/{profile_id:uuid}/avatar",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    produces="image/jpeg",
    partial=True,
    errors=[errors.ProfileNotFound, errors.AvatarNotFound],
)
async def show_avatar(
    request: AnyRequest, profile_id: FromPath[UUID], size: _Side = None, version: _Version = None
) -> Response[Any]:
    """Get the picture of a profile, a square JPEG of at most 512 by 512 pixels."""
    async with database_of(request).read() as conn:
        avatar = await service.open_avatar(conn, ProfileId(profile_id), visitor_of(request), size)
    storage = service_of(request, ImageProcessing).storage
    file = StoredFile(storage, avatar.key, errors.AvatarNotFound)
    return await serve_object(request, _describe(avatar, version), file)


def _describe(avatar: AvatarFile, version: str | None) -> FileMetadata:
    is_current = version == str(avatar.image_id)
    return FileMetadata(
        size=avatar.size_bytes,
        content_type="image/jpeg",
        etag=f"{avatar.image_id.hex}-{avatar.size_bytes}",
        modified=avatar.created_at,
        # The address that lists show changes with the picture.
        cache_control=PUBLIC_FILE if is_current else PUBLIC_CHANGING,
        is_reserved=avatar.is_reserved,
    )


async def _upload(request: AnyRequest, picture: ProfilePicture) -> Profile:
    return await service.upload_picture(
        service_of(request, Uploads),
        service_of(request, ImageProcessing),
        viewer_of(request),
        picture=picture,
        form=UploadForm(request, FileForm, MAX_IMAGE_BYTES, ImageMissing),
    )


router = Router(
    "/",
    route_handlers=[
        list_own_profiles,
        change_profile,
        upload_avatar,
        upload_banner,
        remove_avatar,
        remove_banner,
        show_avatar,
    ],
    tags=["profiles"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)
