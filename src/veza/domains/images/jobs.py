"""Work done after the fact: the files of images that are gone."""

from veza.domains.images import rules
from veza.domains.images.models import DeleteImageFiles
from veza.domains.images.service import Darkroom


async def delete_image_files(darkroom: Darkroom, job: DeleteImageFiles) -> None:
    """Delete the files of images that are gone. Doing it twice is the same as once."""
    for image_id in job.image_ids:
        await darkroom.storage.delete_folder(rules.folder_of(image_id))
