"""Makes images for tests, by the use cases of the application."""

from pathlib import Path

from tests.make.cloud import _read
from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import ImageId, new_id
from veza.domains.images.service import images
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.infra.postgres.database import Tx


async def image(services: Services, owner: Person, source: Path) -> ImageId:
    """Upload a file as an image, which isn't shown yet."""
    chunks = _read(source.read_bytes())
    form = PreparedForm(FileForm(), source.name, chunks)
    made = await images.upload_image(
        services.uploads, services.image_processing, owner.member, form=form, urls=NO_LINKS
    )
    return made.id


async def bare_image(tx: Tx, owner: Member) -> ImageId:
    """Make a row of an image that can be shown, without any file."""
    image_id = ImageId(new_id())
    sql = """
        insert into images (id, owner_id, width, height, size_bytes, palette)
             values ($1, $2, 640, 480, 1000, '{250,100,60,120}')
    """
    await tx.run(sql, image_id, owner.id)
    return image_id
