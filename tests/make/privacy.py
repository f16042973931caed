"""Makes privacy for tests, by the use cases of the application."""

from tests.make.cloud import _read
from tests.make.people import Person
from veza.app.services import Services
from veza.core.ids import ExportId, new_id


async def export(services: Services, owner: Person, content: bytes = b"PK") -> ExportId:
    """Make an export that somebody asked for two days ago, and that is ready now, committed."""
    export_id = ExportId(new_id())
    stored = await services.storage.put_stream(f"exports/{export_id}/0/archive.zip", _read(content))
    sql = """
        insert into exports (id, user_id, status, size_bytes, sha256, created_at, ready_at,
                             expires_at)
             values ($1, $2, 'ready', $3, $4, now() - interval '2 days', now(),
                     now() + interval '1 day')
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, export_id, owner.id, stored.size, stored.sha256)
    return export_id
