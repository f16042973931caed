"""Exports recordings with their sound; erasing leaves the files to a job."""

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.replays import rules
from veza.domains.replays.models import ExportedRecording
from veza.domains.replays.queries import files, recordings
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("stream_recordings", "stream_recording_parts", "stream_recording_marks")


async def export(conn: Conn, user_id: UserId) -> list[ExportedRecording]:
    """Return the recordings of a member."""
    return await recordings.list_all_of(conn, user_id)


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the parts of a member's recordings, which can be joined in their order."""
    return [
        PersonalFile(
            f"{each.recording_id}/{each.number:05d}.aac",
            rules.part_key(each.recording_id, each.id),
            each.size_bytes,
        )
        for each in await files.list_files(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the recordings of a member; a job deletes the files."""
    deleted = await recordings.delete_all_of(tx, user_id)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in deleted]))


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the recordings of a page to another profile."""
    await recordings.update_owner(tx, user_id, into_id)
