"""What one can do with images. What moves files takes the database and opens short transactions."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from veza.core.ids import ImageId, UserId
from veza.domains.images import queries, rules
from veza.domains.images.errors import ImageInUse
from veza.domains.images.models import DeleteImageFiles, ShownImage, SizedImage
from veza.domains.tracks.models import Links
from veza.infra.db import Tx
from veza.infra.jobs import enqueue
from veza.infra.storage import Storage


class Darkroom(Struct, frozen=True):
    """What working with images needs: where they lie, the program, and room to work in."""

    storage: Storage
    ffmpeg: Path
    folder: Path


async def show(
    tx: Tx, owner_id: UserId, image_ids: Sequence[ImageId], *, is_public: bool
) -> list[SizedImage]:
    """Show images in the open, or to those with a signed URL; give them in the same order.

    An image is shown once. Raises ImageNotFound, for another's too, and ImageInUse.
    """
    if len(set(image_ids)) < len(image_ids):
        raise ImageInUse
    locked = {image.id: image for image in await queries.lock_images(tx, owner_id, image_ids)}
    shown = [rules.ensure_showable(locked.get(image_id)) for image_id in image_ids]
    await queries.update_used(tx, image_ids, is_public=is_public)
    return shown


async def retire(tx: Tx, image_ids: Sequence[ImageId]) -> None:
    """Forget images that aren't shown any more; their files go soon after."""
    deleted = await queries.delete_images(tx, image_ids)
    if deleted:
        await enqueue(tx, DeleteImageFiles(deleted))


def link_image(image: SizedImage, links: Links, *, is_public: bool) -> ShownImage:
    """Give an image as it is shown, with a URL that its viewer can use."""
    return rules.show_image(image, links, is_public=is_public)
