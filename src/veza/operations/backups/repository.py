"""A folder or bucket with backups, which share the copies of objects.

A backup exists as soon as `backups/<id>/backup.json` does, which is written last. The copies of
objects are in `objects/`, under random names; `retention` deletes those that no backup lists.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct

from veza.app.backup_schedule import name_target
from veza.core.errors import CannotStart
from veza.core.ids import new_id
from veza.domains.platform.backups.models import BackupWork
from veza.infra.security import age
from veza.infra.storage.errors import ObjectMissing, ObjectUnreadable
from veza.infra.storage.objects import ListedObject, Storage, StoredObject
from veza.infra.storage.stores import open_storage
from veza.operations.backups.keys import BackupKeys, explain_missing_identity
from veza.operations.backups.listing import BackedUpObject

FORMAT = 1
MANIFEST = "backup.json"
DATABASE = "database.dump"
SECRETS = "secrets.json"
LISTING = "objects.sqlite.zst"

_ID = re.compile(r"backups/(\d{8}T\d{6}Z-[0-9a-f]{8})/backup\.json")
_CHUNK = 256 * 1024


class BackupManifest(Struct, frozen=True):
    """The manifest of a complete backup: its files by name, and its objects.

    `objects` and `object_bytes` count what is stored for members. `missing_objects` are keys that
    rows name, but of which neither the storage nor an earlier backup has what they were.
    `kept_objects` are keys that the storage lacks: their copies are of an earlier backup. `run`
    counts the backups of the target. `migrations` are the names of those applied.
    `server` is the same for all backups of a server, and of those restored from them. `recipients`
    are the public keys for which it is encrypted, if it is; then the sizes and hashes of `files`
    are those of what is stored.
    """

    format: int
    id: str
    server: str
    created_at: datetime
    migrations: list[str]
    files: dict[str, StoredObject]
    objects: int
    object_bytes: int
    missing_objects: list[str]
    recipients: list[str] = []
    kept_objects: list[str] = []
    run: int = 0
    work: BackupWork = BackupWork()

    @property
    def is_whole(self) -> bool:
        """Return whether the storage had everything that rows name."""
        return not self.missing_objects and not self.kept_objects

    @property
    def bytes(self) -> int:
        """The size of everything that a restoration reads, in bytes."""
        return self.object_bytes + sum(file.size for file in self.files.values())


class Damaged(CannotStart):
    """A part of a backup is missing or was changed."""


class _Part(Struct, frozen=True):
    """A stored part of a backup: its key, its name for people, and the SHA-256 of the object."""

    key: str
    title: str
    sha256: str
    is_listing: bool = False


class Repository:
    """The backups of one server in a folder or bucket."""

    def __init__(self, storage: Storage, name: str, keys: BackupKeys) -> None:
        self.storage = storage
        self.name = name
        self.keys = keys

    async def list_backups(self) -> list[BackupManifest]:
        """Return all complete backups, the oldest first."""
        keys = [key for key in await self.storage.list_keys("backups") if _ID.fullmatch(key)]
        contents = [await self.storage.read_all(key) for key in keys]
        manifests = [msgspec.json.decode(content, type=BackupManifest) for content in contents]
        return sorted(manifests, key=lambda manifest: manifest.created_at)

    async def find(self, backup_id: str | None) -> BackupManifest:
        """Return a backup, or the newest one if no id is given. Raises Damaged if there is none."""
        found = [
            each for each in await self.list_backups() if backup_id is None or each.id == backup_id
        ]
        if not found:
            name = "complete backup" if backup_id is None else f"complete backup {backup_id}"
            raise Damaged(f"There is no {name} at this address: `veza backup TARGET --list`.")
        if found[-1].format != FORMAT:
            raise Damaged(f"Backup {found[-1].id} was made by a later version of Veza.")
        return found[-1]

    async def put_file(
        self, backup_id: str, name: str, chunks: AsyncIterator[bytes]
    ) -> StoredObject:
        """Store a file of a backup."""
        chunks = self.keys.encrypt(chunks, is_listing=name == LISTING)
        return await self.storage.put_stream(f"backups/{backup_id}/{name}", chunks)

    async def put_object(
        self, found: ListedObject, chunks: AsyncIterator[bytes], *, name: str | None = None
    ) -> BackedUpObject:
        """Store a copy of an object; return it as listed, with the size that was read.

        With the `name` of a copy, that is replaced.
        """
        name = name or new_id().hex
        size = 0
        digest = hashlib.sha256()

        async def count() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                digest.update(chunk)
                yield chunk

        encrypted = self.keys.encrypt(count(), is_listing=False)
        stored = await self.storage.put_stream(_object_key(name), encrypted)
        modified = found.modified.timestamp()
        content = digest.hexdigest()
        return BackedUpObject(found.key, size, modified, name, stored.sha256, stored.size, content)

    async def list_copies(self) -> AsyncIterator[list[tuple[str, int]]]:
        """Iterate over the names and stored sizes of all copies, in batches."""
        async for batch in self.storage.walk():
            found = [each for each in batch if each.key.startswith("objects/")]
            yield [(each.key.rpartition("/")[2], each.size) for each in found]

    async def finish(self, manifest: BackupManifest) -> None:
        """Write the manifest: from now on the backup exists."""
        content = msgspec.json.format(msgspec.json.encode(manifest))
        await self.storage.put_new(f"backups/{manifest.id}/{MANIFEST}", content)

    def ensure_readable(self, manifest: BackupManifest) -> None:
        """Raise CannotStart if a backup is encrypted for others than the identities at hand."""
        if manifest.recipients and not self.keys.has_identity_of(manifest.recipients):
            raise explain_missing_identity(manifest.id, manifest.recipients)

    def can_list(self, manifest: BackupManifest) -> bool:
        """Return whether the listing of a backup can be read."""
        return self._can_decrypt(manifest, is_listing=True)

    def read_object(self, manifest: BackupManifest, item: BackedUpObject) -> AsyncIterator[bytes]:
        """Yield an object. Raises Damaged, perhaps after a part of it."""
        return self._read(manifest, _object_part(item))

    async def verify_object(self, manifest: BackupManifest, item: BackedUpObject) -> None:
        """Read the copy of an object again; decrypt it if possible. Raises Damaged."""
        await self._verify(manifest, _object_part(item))

    async def verify_file(self, manifest: BackupManifest, name: str) -> None:
        """Read a file of a backup again; decrypt it if possible. Raises Damaged if it differs."""
        await self._verify(manifest, _file_part(manifest, name))

    async def read_file(self, manifest: BackupManifest, name: str) -> bytes:
        """Return a small file of a backup. Raises Damaged if it differs."""
        chunks = self._read(manifest, _file_part(manifest, name))
        return b"".join([chunk async for chunk in chunks])

    async def fetch_file(self, manifest: BackupManifest, name: str, path: Path) -> None:
        """Write a file of a backup to a local path. Raises Damaged."""
        with path.open("wb") as file:
            async for chunk in self._read(manifest, _file_part(manifest, name)):
                file.write(chunk)

    async def _verify(self, manifest: BackupManifest, part: _Part) -> None:
        can_decrypt = self._can_decrypt(manifest, is_listing=part.is_listing)
        chunks = self._read(manifest, part) if can_decrypt else self._read_stored(part)
        async for _ in chunks:
            pass

    def _can_decrypt(self, manifest: BackupManifest, *, is_listing: bool) -> bool:
        identities = self.keys.find_identities(manifest.server, is_listing=is_listing)
        return not manifest.recipients or bool(identities)

    def _read(self, manifest: BackupManifest, part: _Part) -> AsyncGenerator[bytes]:
        stored = self._read_stored(part)
        if not manifest.recipients:
            return stored
        identities = self.keys.find_identities(manifest.server, is_listing=part.is_listing)
        return _decrypt(stored, identities, part.title)

    async def _read_stored(self, part: _Part) -> AsyncGenerator[bytes]:
        """Yield what is stored; raise Damaged at the end if it is not what was written."""
        digest = hashlib.sha256()
        try:
            async for chunk in self.storage.read(part.key):
                digest.update(chunk)
                yield chunk
        except ObjectMissing:
            raise Damaged(f"The backup is damaged: {part.title} is missing.") from None
        except ObjectUnreadable as error:
            raise Damaged(f"The backup is damaged: {part.title} can't be read. {error}") from error
        if digest.hexdigest() != part.sha256:
            raise _changed(part.title)

    async def fetch_listing(self, manifest: BackupManifest, path: Path) -> None:
        """Write the listing of a backup to a local path. Raises Damaged."""
        packed = path.with_suffix(".zst")
        await self.fetch_file(manifest, LISTING, packed)
        with packed.open("rb") as source, path.open("wb") as target:
            zstandard.ZstdDecompressor().copy_stream(source, target)
        packed.unlink()


def open_repository(
    target: str, keys: BackupKeys | None = None, *, setting: str = "TARGET"
) -> Repository:
    """Open the repository at a folder or a URL such as `s3://bucket/prefix`.

    `setting` is what names the target, for errors. Raises CannotStart.
    """
    path = Path(target)
    name = name_target(target)
    url = target if "://" in target else path.absolute().as_uri()
    storage = open_storage(url, path, name=f"{setting} ({name})")
    return Repository(storage, name, keys or BackupKeys())


def pack_listing(path: Path) -> Path:
    """Compress a listing into a file beside it, and return that."""
    packed = path.with_suffix(".packed")
    with path.open("rb") as source, packed.open("wb") as target:
        zstandard.ZstdCompressor().copy_stream(source, target)
    return packed


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """Yield the content of a local file."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _object_key(name: str) -> str:
    return f"objects/{name[-2:]}/{name}"


def _object_part(item: BackedUpObject) -> _Part:
    return _Part(_object_key(item.name), f"the object {item.name}", item.sha256)


def _file_part(manifest: BackupManifest, name: str) -> _Part:
    key = f"backups/{manifest.id}/{name}"
    title = f"{name} of backup {manifest.id}"
    return _Part(key, title, manifest.files[name].sha256, name == LISTING)


async def _decrypt(
    stored: AsyncIterator[bytes], identities: list[age.Identity], title: str
) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(age.decrypt(stored, identities)) as chunks:
            async for chunk in chunks:
                yield chunk
    except age.StreamUndecryptable as error:
        raise _changed(title) from error


def _changed(title: str) -> Damaged:
    return Damaged(f"The backup is damaged: {title} was changed.")
