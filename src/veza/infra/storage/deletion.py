"""The deletion of stored objects by a job, once what used them is deleted for good."""

from msgspec import Struct

from veza.infra.storage.objects import Storage


class DeleteFolders(Struct, frozen=True):
    """The job that deletes folders of the storage with all of their objects."""

    folders: list[str]


async def delete_folders(storage: Storage, job: DeleteFolders) -> None:
    """Delete folders of the storage. Idempotent."""
    for folder in job.folders:
        await storage.delete_folder(folder)
