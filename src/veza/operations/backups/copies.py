"""Copies objects into a backup, and heals the copies of earlier ones.

Each backup compares names and sizes of all earlier copies with what the former backup lists, and
reads a share of them again: all of them in so many backups as the settings say. What is missing or
damaged is copied again. Unencrypted copies are replaced under their name, which heals all backups
that list them; encrypted ones would have another hash, so only later backups have the new copy.
"""

import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import Struct, structs

from veza.app.services import Services
from veza.core.errors import CannotStart
from veza.domains.platform.backups.models import BackupWork
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import ListedObject
from veza.infra.storage.stored_objects import ExpectedObject
from veza.operations.backups.keys import derive_server_key
from veza.operations.backups.listing import BackedUpObject, Listing, is_complete, open_listing
from veza.operations.backups.repository import BackupManifest, Damaged, Repository

log = structlog.get_logger()


class BackupContext(Struct, frozen=True):
    """The services to back up, the repository, and a folder for temporary files."""

    services: Services
    repository: Repository
    folder: Path


class MissingObjects(Struct, frozen=True):
    """The keys of objects that the storage lacks, with copies of an earlier backup, and without."""

    kept: list[str]
    lost: list[str]


class Copies:
    """The objects of the former backup and of this one, and what was done with them."""

    def __init__(self, context: BackupContext, former: Listing, current: Listing) -> None:
        self.former = former
        self.current = current
        self.manifest: BackupManifest | None = None
        self._context = context
        self._copied = self._reread = self._healed = 0

    @property
    def run(self) -> int:
        """The number of this backup."""
        return 0 if self.manifest is None else self.manifest.run + 1

    def describe_work(self, missing: MissingObjects) -> BackupWork:
        """Return how many objects were copied, read again and healed."""
        return BackupWork(
            self._copied, self._reread, self._healed, len(missing.kept), len(missing.lost)
        )

    async def mark_absent(self) -> None:
        """Mark the copies of the former backup that are missing, or have another size."""
        repository = self._context.repository
        async for batch in repository.list_copies():
            self.former.note_stored(batch)
        absent = self.former.mark_absent(is_encrypted=bool(repository.keys.recipients))
        if absent:
            log.warning("backup_copies_missing", objects=absent)

    async def copy_all(self) -> None:
        """Copy the objects of the storage that neither this backup nor the former one has."""
        async for batch in self._context.services.storage.walk():
            for found in batch:
                if not _is_unchanged(self.current.find(found.key), found):
                    await self._copy(found)

    async def find_earlier(self, missing: Sequence[ExpectedObject]) -> MissingObjects:
        """Take copies of the former backup for what the storage lacks, if they are whole."""
        kept: list[str] = []
        for item in missing:
            found = self.former.list_within(item.key)
            if is_complete(found, item) and all([await self._is_readable(each) for each in found]):
                self.current.replace_within(item.key, found)
                self.current.mark_named([item])
                kept.append(item.key)
        lost = {item.key for item in missing}.difference(kept)
        return MissingObjects(sorted(kept), sorted(lost))

    async def _copy(self, found: ListedObject) -> None:
        former = self.former.find(found.key)
        if former is None or not _is_unchanged(former, found):
            await self._copy_new(found)
        elif not former.is_damaged and await self._is_intact(former):
            self.current.add(former, is_new=False)
        else:
            await self._heal(found, former)

    async def _copy_new(self, found: ListedObject) -> None:
        try:
            item = await self._put(found)
        except ObjectMissing:
            # Deleted since it was listed. If the snapshot names it, there is another snapshot.
            return
        self.current.add(item, is_new=True)
        self._copied += 1

    async def _is_intact(self, former: BackedUpObject) -> bool:
        """Read a copy again if it belongs to the share of this backup."""
        shares = self._context.services.settings.backup_reread_runs
        if zlib.crc32(former.name.encode()) % shares != self.run % shares:
            return True
        self._reread += 1
        return await self._is_readable(former)

    async def _is_readable(self, former: BackedUpObject) -> bool:
        assert self.manifest is not None
        try:
            await self._context.repository.verify_object(self.manifest, former)
        except Damaged as error:
            log.warning("backup_copy_damaged", key=former.key, reason=str(error))
            return False
        return True

    async def _heal(self, found: ListedObject, former: BackedUpObject) -> None:
        """Copy an object again, unless it is not what it was when it was copied first."""
        try:
            is_same = former.content in {"", await self._hash(found.key)}
            # Encrypted again, a copy has another hash than the one in earlier listings.
            is_replaced = is_same and not self._context.repository.keys.recipients
            item = await self._put(found, former.name if is_replaced else None)
        except ObjectMissing:
            return
        if not is_same:
            log.warning("backup_source_changed", key=found.key)
            item = structs.replace(item, content=former.content, is_damaged=True)
        self.current.add(item, is_new=True)
        self._healed += is_same

    async def _put(self, found: ListedObject, name: str | None = None) -> BackedUpObject:
        return await self._context.repository.put_object(found, self._read(found.key), name=name)

    async def _hash(self, key: str) -> str:
        digest = hashlib.sha256()
        async for chunk in self._read(key):
            digest.update(chunk)
        return digest.hexdigest()

    def _read(self, key: str) -> AsyncIterator[bytes]:
        return self._context.services.storage.read(key)


@asynccontextmanager
async def open_copies(context: BackupContext) -> AsyncGenerator[Copies]:
    """Open the listings of the former backup, as far as there is one, and of a new one."""
    path = context.folder / "former.sqlite"
    manifest = await _fetch_former(context, path)
    with open_listing(path) as former, open_listing(context.folder / "current.sqlite") as current:
        copies = Copies(context, former, current)
        copies.manifest = manifest
        if manifest is not None:
            await copies.mark_absent()
        yield copies


async def _fetch_former(context: BackupContext, path: Path) -> BackupManifest | None:
    """Fetch the listing of the newest backup that has one. Raises CannotStart.

    Copies for other keys, or for none, are not used again.
    """
    earlier = await context.repository.list_backups()
    repository = context.repository
    if earlier:
        _ensure_own(context.services, earlier[-1])
    for manifest in reversed(earlier):
        if manifest.recipients != list(repository.keys.recipients):
            break
        try:
            await repository.fetch_listing(manifest, path)
        except Damaged as error:
            log.warning("backup_listing_damaged", backup=manifest.id, reason=str(error))
            continue
        return manifest
    return None


def _ensure_own(services: Services, former: BackupManifest) -> None:
    """Raise CannotStart for backups of another server: two would delete each other's objects."""
    if former.server != derive_server_key(services.keys).server:
        raise CannotStart(
            "There are backups of another server: choose a target for this one alone."
        )


def _is_unchanged(known: BackedUpObject | None, found: ListedObject) -> bool:
    """Return whether an object is the one that a listing has."""
    facts = (found.size, found.modified.timestamp())
    return known is not None and (known.size, known.modified) == facts
