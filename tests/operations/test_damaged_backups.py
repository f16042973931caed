"""Backups that were damaged on purpose are healed by the next ones, and restored."""

import os
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from msgspec import structs

from tests import make
from tests.infra.databases import Scratch, migrated, scratch
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import BackupPlan, BackupStatus, BackupWork
from veza.launcher.embedded_engines import start_empty_engines
from veza.operations.backups.create import create_backup
from veza.operations.backups.keys import BackupKeys, derive_server_key
from veza.operations.backups.listing import open_listing
from veza.operations.backups.repository import (
    LISTING,
    BackupManifest,
    Damaged,
    Repository,
    open_repository,
)
from veza.operations.backups.restore import Restoration, restore_backup
from veza.operations.backups.verify import verify_backups
from veza.operations.verification import ledger as verify_ledger
from veza.operations.verification import storage as verify_storage
from veza.operations.verification.affected_files import find_affected

pytestmark = pytest.mark.long

KEY = pyrage.x25519.Identity.generate()
REREAD_RUNS = 3
# By the name of the file: what happens to its copy.
NAMES = ("deleted", "truncated", "flipped", "whole")


def _use(services: Services, urls: Scratch, folder: Path) -> Settings:
    """The settings of a server with a database, a data directory and a storage of its own."""
    return structs.replace(
        services.settings,
        data_dir=folder,
        valkey_url=services.addresses.valkey,
        storage_url=None,
        database_url=urls.app_url,
        migration_database_url=urls.owner_url,
        backup_reread_runs=REREAD_RUNS,
    )


class _Server:
    """A server with four files of a member, and a target for backups."""

    def __init__(self, services: Services, repository: Repository) -> None:
        self.services = services
        self.repository = repository
        self.contents = {name: f"{name} ".encode() * 1000 for name in NAMES}

    async def fill(self) -> None:
        self.owner = await make.person(self.services, Role.USER)
        for name, content in self.contents.items():
            await make.cloud_file(self.services, self.owner, name, content)

    async def back_up(self) -> BackupManifest:
        manifest, _ = await create_backup(self.services, self.repository, keep=0)
        return manifest

    async def find_object(self, name: str) -> tuple[str, str]:
        """Return the key of a file, and that of its copy in the newest backup."""
        sql = """
            select b.id from blobs b join file_versions v on v.sha256 = b.sha256
              join files f on f.id = v.file_id where f.name = $1
        """
        async with self.services.database.read() as conn:
            blob_id = await conn.value(str, f"select id::text from ({sql}) as found", name)
        path = self.services.settings.data_dir / "found.sqlite"
        [*_, newest] = await self.repository.list_backups()
        await self.repository.fetch_listing(newest, path)
        with open_listing(path) as listing:
            [found] = [each for each in listing.iterate() if f"/{blob_id}/" in each.key]
        path.unlink()
        return found.key, f"objects/{found.name[-2:]}/{found.name}"

    async def change_copy(self, name: str, change: Callable[[bytes], bytes] | None) -> None:
        """Change the copy of a file in the repository, or delete it."""
        await _change(self.repository.storage, (await self.find_object(name))[1], change)

    async def change_source(self, name: str, change: Callable[[bytes], bytes] | None) -> None:
        """Change a file on the disk of the server, as bad hardware does, or delete it."""
        key, _ = await self.find_object(name)
        path = self.services.settings.data_dir / "media" / key
        if change is None:
            path.unlink()
            return
        times = path.stat().st_atime_ns, path.stat().st_mtime_ns
        path.write_bytes(change(path.read_bytes()))
        os.utime(path, ns=times)

    async def damage(self) -> None:
        await self.change_copy("deleted", None)
        await self.change_copy("truncated", lambda content: content[:-1])
        await self.change_copy("flipped", _flip)


async def _change(storage, key: str, change: Callable[[bytes], bytes] | None) -> None:
    content = await storage.read_all(key)
    await storage.delete_keys([key])
    if change is not None:
        assert await storage.put_new(key, change(content))


def _flip(content: bytes) -> bytes:
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


@pytest.fixture(params=["disk", "encrypted", "s3"])
async def server(request, services, tmp_path):
    kind = request.param
    target = str(tmp_path / "backups")
    if kind == "s3":
        target = request.getfixturevalue("s3").url(f"backups-{tmp_path.name}")
    async with migrated(services) as urls:
        own = _use(services, urls, tmp_path / "data")
        own.data_dir.mkdir()
        async with open_services(own) as opened:
            keys = BackupKeys()
            if kind == "encrypted":
                own_key = derive_server_key(opened.keys)
                keys = BackupKeys([str(KEY.to_public())], [KEY], own_key)
            made = _Server(opened, open_repository(target, keys))
            await made.fill()
            yield made
            made.repository.storage.close()


async def test_damage_is_healed_by_the_next_backups(services, server):
    whole = await server.back_up()
    assert whole.work == BackupWork(copied_objects=len(NAMES))
    await server.damage()
    damaged = len(NAMES) - 1
    with pytest.raises(Damaged, match=r"Damaged backups: 1\. Complete and unchanged: 0") as raised:
        await verify_backups(server.repository, [whole])
    assert f"And {damaged - 1} more." in str(raised.value)
    await _restore(services, server, lost=["deleted", "flipped", "truncated"])

    # What has another size, or is gone, is copied again at once; all else is read in three runs.
    works = [(await server.back_up()).work for _ in range(REREAD_RUNS)]
    assert sum(work.healed_objects for work in works) == damaged
    assert works[0].healed_objects >= damaged - 1
    assert {work.copied_objects for work in works} == {0}
    # Then each copy is read once in three runs, and nothing is healed any more.
    again = [(await server.back_up()).work for _ in range(REREAD_RUNS)]
    assert sum(work.reread_objects for work in again) == len(NAMES)
    assert {work.healed_objects for work in again} == {0}

    backups = await server.repository.list_backups()
    if not whole.recipients:
        # Copies were replaced in place, so earlier backups are whole too.
        assert (await verify_backups(server.repository, backups)).complete == len(backups)
    assert (await verify_backups(server.repository, backups[-1:])).complete == 1
    await _restore(services, server, lost=[])


@pytest.mark.parametrize("server", ["disk", "encrypted"], indirect=True)
async def test_what_the_storage_lost_too_is_reported(server):
    await server.back_up()
    # The first is gone on both sides, the second in the storage alone. The third was changed there
    # and can't heal its copy.
    await server.change_copy("deleted", None)
    await server.change_source("deleted", None)
    await server.change_source("whole", None)
    await server.change_copy("truncated", lambda content: content[:-1])
    await server.change_source("truncated", _flip)
    keys = {name: (await server.find_object(name))[0] for name in NAMES}
    for _ in range(2):
        made = await server.back_up()
        assert made.missing_objects == sorted([keys["deleted"], keys["truncated"]])
        assert made.kept_objects == [keys["whole"]]
        assert (made.work.kept_objects, made.work.lost_objects) == (1, 2)
    async with server.services.database.read() as conn:
        [shown, *_] = (await backups.show_overview(conn, BackupPlan(None), 20)).backups
    assert shown.status is BackupStatus.INCOMPLETE
    assert "not complete" in (shown.error or "")
    assert await _read_copy(server, "whole") == server.contents["whole"]


async def _read_copy(server: _Server, name: str) -> bytes:
    content = await server.repository.storage.read_all((await server.find_object(name))[1])
    is_encrypted = server.repository.keys.recipients
    return pyrage.decrypt(content, [KEY]) if is_encrypted else content


@pytest.mark.parametrize("server", ["disk"], indirect=True)
async def test_a_damaged_listing_is_not_the_end_of_backups(server):
    first, second = [await server.back_up() for _ in range(2)]
    await _change(server.repository.storage, f"backups/{second.id}/{LISTING}", _flip)
    with pytest.raises(Damaged, match=f"delete the folder backups/{second.id}"):
        await server.back_up()
    third = await server.repository.find(None)
    assert third.work.copied_objects == 0
    for each in (first, third):
        await _change(server.repository.storage, f"backups/{each.id}/{LISTING}", None)
    # Old ones go, and the new one needs none of them.
    fourth, deleted = await create_backup(server.services, server.repository, keep=1)
    assert (fourth.work.copied_objects, deleted) == (len(NAMES), 3)
    assert (await verify_backups(server.repository, [fourth])).complete == 1


async def _restore_newest(
    server: _Server, into: Settings, *, allow_missing: bool = False
) -> Restoration:
    return await restore_backup(
        into,
        server.repository,
        None,
        start_engines=start_empty_engines,
        allow_missing=allow_missing,
    )


async def _restore(services: Services, server: _Server, *, lost: list[str]) -> None:
    """Restore the newest backup: all files are there but those that are lost, which are listed."""
    folder = server.services.settings.data_dir.parent
    if lost:
        async with scratch(services) as urls:
            with pytest.raises(Damaged, match="add --allow-missing"):
                await _restore_newest(server, _use(services, urls, folder / "no"))
    async with scratch(services) as urls:
        into = _use(services, urls, folder / f"without-{len(lost)}")
        restored = await _restore_newest(server, into, allow_missing=bool(lost))
        async with open_services(into) as opened:
            assert await verify_ledger.verify(opened)
            assert await verify_storage.verify(opened, is_deep=True, lost=restored.lost)
            assert await verify_storage.verify(opened) is not bool(lost)
            async with opened.database.read() as conn:
                affected = await find_affected(conn, restored.lost)
            assert [(each.owner, each.kind, each.title) for each in affected] == [
                (server.owner.username, "file", f"Mixes/{name}") for name in lost
            ]
            for name in set(NAMES).difference(lost):
                key, _ = await server.find_object(name)
                assert await opened.storage.read_all(key) == server.contents[name]
