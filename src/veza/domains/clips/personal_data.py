"""Exports clips with their files; erasing leaves the files to a job."""

from veza.core.ids import UserId
from veza.domains.clips import queries, rules
from veza.domains.clips.models import ExportedClip
from veza.domains.contributions import PersonalFile
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("stream_clips",)


async def export(conn: Conn, user_id: UserId) -> list[ExportedClip]:
    """Return the clips that a member made."""
    return await queries.list_all_of(conn, user_id)


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the parts of a member's clips, which can be joined in their order."""
    return [
        PersonalFile(
            f"{each.id}/{number:03d}.{each.format}",
            rules.part_key(each.id, number, each.format),
            size_bytes,
        )
        for each in await queries.list_files(conn, user_id)
        for number, size_bytes in enumerate(each.parts_bytes)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the clips that a member made; a job deletes the files."""
    deleted = await queries.delete_all_of(tx, user_id)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in deleted]))


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the clips of a page to another profile."""
    await queries.update_maker(tx, user_id, into_id)
