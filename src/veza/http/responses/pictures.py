"""Serves pictures whole, or in the size that a page shows."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import QueryParameter
from msgspec import structs

from veza.core.errors import NotFound
from veza.http.responses.ranges import FileMetadata, StoredFile, serve_file, serve_object
from veza.http.services import service_of
from veza.infra.media.images import PictureFormat
from veza.infra.media.picture_sizes import SIDES_PX, PictureSizes, StoredPicture
from veza.infra.storage.errors import ObjectMissing

PictureSize = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=10_000,
        description="The longer side that you show, in pixels. It is rounded up to "
        f"{', '.join(map(str, SIDES_PX))}; a larger one, or none, gets the whole picture.",
    ),
]


SizeFormat = Annotated[
    PictureFormat,
    QueryParameter(
        name="format",
        description="The format of a reduced picture: an AVIF is smaller, and read by current "
        "browsers. The whole picture is a JPEG.",
    ),
]


async def serve_picture(
    request: Request[Any, Any, Any],
    metadata: FileMetadata,
    file: StoredFile,
    size: int | None,
    form: PictureFormat = PictureFormat.JPEG,
) -> Response[Any]:
    """Return a response with a picture of at least this size, or with the whole one.

    `form` is that of a reduced picture. Raises the error of a missing file, and
    RangeNotSatisfiable.
    """
    sizes = service_of(request, PictureSizes)
    side_px = sizes.choose(size)
    if side_px is None:
        return await serve_object(request, metadata, file)
    try:
        content = await sizes.read(file.key, metadata.etag, side_px, form)
    except ObjectMissing as error:
        raise file.missing from error
    name = f"{side_px}" if form is PictureFormat.JPEG else f"{side_px}-{form}"
    reduced = structs.replace(
        metadata, content_type=f"image/{form}", etag=f"{metadata.etag}-{name}"
    )
    return await _serve(request, reduced, content)


async def serve_mosaic(
    request: Request[Any, Any, Any],
    metadata: FileMetadata,
    pictures: Sequence[StoredPicture],
    size: int | None,
    *,
    missing: type[NotFound],
) -> Response[Any]:
    """Return a response with four pictures in a square, or with the first of fewer.

    Raises `missing` for a file that is gone, and RangeNotSatisfiable.
    """
    sizes = service_of(request, PictureSizes)
    side_px = sizes.choose(size)
    try:
        content = await sizes.read_mosaic(pictures, side_px)
    except ObjectMissing as error:
        raise missing from error
    composed = structs.replace(metadata, etag=f"{metadata.etag}-{side_px or 0}")
    return await _serve(request, composed, content)


async def _serve(
    request: Request[Any, Any, Any], metadata: FileMetadata, content: bytes
) -> Response[Any]:
    sized = structs.replace(metadata, size=len(content))

    async def read(first: int, last: int) -> AsyncIterator[bytes]:
        yield content[first : last + 1]

    return await serve_file(request, sized, read)
