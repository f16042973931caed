"""The deletion of stored objects by a job, once what used them is deleted for good."""

from contextlib import suppress

from msgspec import Struct

from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage


class DeleteFolders(Struct, frozen=True):
    """Job: delete folders of the storage with all of their objects, and single objects."""

    folders: list[str]
    keys: list[str] = []


async def delete_folders(storage: Storage, job: DeleteFolders) -> None:
    """Delete folders and objects of the storage. Idempotent."""
    for folder in job.folders:
        await storage.delete_folder(folder)
    for key in job.keys:
        # It may be gone already.
        with suppress(ObjectMissing):
            await storage.delete_keys([key])
