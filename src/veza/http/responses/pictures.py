"""Serves pictures whole, or in the size that a page shows."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import QueryParameter
from msgspec import structs

from veza.http.responses.ranges import FileMetadata, StoredFile, serve_file, serve_object
from veza.http.services import service_of
from veza.infra.media.picture_sizes import SIDES_PX, PictureSizes
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


async def serve_picture(
    request: Request[Any, Any, Any], metadata: FileMetadata, file: StoredFile, size: int | None
) -> Response[Any]:
    """Return a response with a picture of at least this size, or with the whole one.

    Raises the error of a missing file, and RangeNotSatisfiable.
    """
    sizes = service_of(request, PictureSizes)
    side_px = sizes.choose(size)
    if side_px is None:
        return await serve_object(request, metadata, file)
    try:
        content = await sizes.read(file.key, metadata.etag, side_px)
    except ObjectMissing as error:
        raise file.missing from error
    reduced = structs.replace(metadata, size=len(content), etag=f"{metadata.etag}-{side_px}")

    async def read(first: int, last: int) -> AsyncIterator[bytes]:
        yield content[first : last + 1]

    return await serve_file(request, reduced, read)
