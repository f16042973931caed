"""Makes cloud for tests, by the use cases of the application."""

from collections.abc import AsyncIterator
from typing import Any

from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import FileId, new_id
from veza.domains.cloud.files import file_uploads
from veza.domains.cloud.files.models import CloudFile, CloudFileForm
from veza.domains.cloud.shares import service as shares
from veza.domains.cloud.shares.models import CreatedShare, ShareForm
from veza.domains.platform.uploads.models import PreparedForm
from veza.infra.postgres.database import Tx


async def cloud_file(
    services: Services, owner: Person, name: str = "mix.wav", content: bytes = b"wave"
) -> CloudFile:
    """Upload a file of a member's own, committed."""
    form = PreparedForm(CloudFileForm("Mixes"), name, _read(content))
    return await file_uploads.upload_file(
        services.uploads, services.cloud_storage, owner.member, form
    )


async def bare_file(tx: Tx, owner: Member) -> FileId:
    """Make a file of a member's own with no bytes behind it, which counts as any other."""
    file_id, sha256 = FileId(new_id()), new_id().hex * 2
    sql = """
        with content as (
            insert into blobs (sha256, id, size_bytes, refs) values ($3, $4, 4, 1)
        ), file as (
            insert into files (id, owner_id, name, search_text, version)
                 values ($1, $2, 'mix.wav', 'mix.wav', 1)
        )
        insert into file_versions (id, file_id, owner_id, version, sha256, size_bytes, content_type)
             values ($5, $1, $2, 1, $3, 4, 'audio/wav')
    """
    await tx.run(sql, file_id, owner.id, sha256, new_id(), new_id())
    return file_id


async def share(services: Services, owner: Person, file: CloudFile, **said: Any) -> CreatedShare:
    """Make a link to a file of a member's own, committed."""
    form = ShareForm(**said)
    prepared = await shares.prepare_share(services.shared_file_access, file.id, form)
    async with services.database.transaction() as tx:
        return await shares.share_file(tx, prepared, owner.member, NO_LINKS)


async def _read(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]
