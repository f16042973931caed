"""Jobs that delete folders of the storage."""

from pathlib import Path

from veza.infra.storage.deletion import DeleteFolders, delete_folders
from veza.infra.storage.stores import open_storage


async def test_folders_are_deleted_and_may_be_deleted_already(tmp_path: Path) -> None:
    storage = open_storage(None, tmp_path)
    for key in ("a/1/file", "a/2/file", "b/file"):
        await storage.put_new(key, b"content")

    for _ in range(2):
        await delete_folders(storage, DeleteFolders(["a/1", "b"]))

    assert await storage.read_all("a/2/file") == b"content"
    assert not (tmp_path / "a" / "1").exists()
    assert not (tmp_path / "b").exists()
    storage.close()
