"""Measures the use of the disk and of the storage, by kind and by member.

Everything is counted as it is listed, so that memory doesn't grow with the number of files.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart, Unavailable
from veza.domains.music.audio import shared_queries as audio_queries
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.domains.platform.uploads.models import StorageKind
from veza.infra.postgres.database import Conn
from veza.infra.storage.local_folders import scan
from veza.infra.storage.objects import ListedObject
from veza.operations.backups.repository import open_repository

_ORIGINAL = "original"
# The kinds of objects in the storage, by the first part of their keys; renditions of tracks, which
# are beside the originals, are a kind of their own.
_STORAGE_KINDS = {
    "tracks": "renditions of tracks",
    "images": "images",
    "blobs": "private files",
    "products": "files of products",
    "gear": "documents of gear",
    "archives": "cached archives of releases",
    "exports": "exports of members",
    "invoices": "invoices",
    "uploads": "unfinished uploads",
}
# The kinds of files in the data directory, by how their paths begin; the first that fits counts.
_DATA_KINDS = (
    (("engines", "postgres", "cluster", "pg_wal"), "write-ahead log"),
    (("engines", "postgres"), "database"),
    (("engines", "valkey"), "cache"),
    (("engines",), "logs of the engines"),
    (("migration-copies",), "copies before migrations"),
    (("mail",), "mails"),
    (("live",), "live streams"),
    (("work",), "temporary files"),
)
_OTHER = "other"
_BLOCK_BYTES = 512


class KindUsage(Struct, frozen=True):
    """The use of a place by one kind: the `storage`, the `data directory` or the `backups`."""

    place: str
    kind: str
    bytes: int
    objects: int | None


class MemberDiskUsage(Struct, frozen=True):
    """The bytes of a member by kind, as quotas count them, and those of renditions."""

    username: str
    bytes: int
    kinds: dict[StorageKind, int]
    renditions_bytes: int


class DiskUsage(Struct, frozen=True):
    """The disk of the data directory, what is used by each kind, and the largest members.

    `unread` names the places that can't be read, with the reason.
    """

    size_bytes: int
    free_bytes: int
    kinds: list[KindUsage]
    members: list[MemberDiskUsage]
    unread: dict[str, str]


async def measure(services: Services, *, members: int) -> DiskUsage:
    """Return what is used. Takes as long as listing all files and objects does."""
    settings = services.settings
    disk = shutil.disk_usage(settings.data_dir)
    unread: dict[str, str] = {}
    kinds = await _count("storage", services.storage.walk(), _find_storage_kind, unread)
    kinds += await asyncio.to_thread(_measure_data_dir, settings)
    async with services.database.read() as conn:
        if settings.database_url is not None:
            kinds.append(await _measure_database(conn))
        largest = await _list_members(conn, members)
    kinds += await _measure_backups(settings, unread)
    return DiskUsage(disk.total, disk.free, kinds, largest, unread)


async def _count(
    place: str,
    batches: AsyncIterator[list[ListedObject]],
    find_kind: Callable[[str], str],
    unread: dict[str, str],
) -> list[KindUsage]:
    """Sum up the sizes of objects by kind, the largest first; a place may not answer."""
    sizes: Counter[str] = Counter()
    objects: Counter[str] = Counter()
    try:
        async for batch in batches:
            for each in batch:
                kind = find_kind(each.key)
                sizes[kind] += each.size
                objects[kind] += 1
    except Unavailable as error:
        unread[place] = str(error.__cause__ or error)
    return [KindUsage(place, kind, size, objects[kind]) for kind, size in sizes.most_common()]


def _find_storage_kind(key: str) -> str:
    first, *rest = key.split("/")
    if first == "tracks" and rest[-1:] == [_ORIGINAL]:
        return "originals of tracks"
    return _STORAGE_KINDS.get(first, _OTHER)


def _measure_data_dir(settings: Settings) -> list[KindUsage]:
    """Sum up the blocks of the files in the data directory, but of storage and backups."""
    folder = settings.data_dir.absolute()
    counted_apart = {folder / "media"}
    for url in (settings.storage_url, settings.backup_target):
        if (path := _find_folder(url)) is not None:
            counted_apart.add(path)
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for path, facts in scan(folder):
        if counted_apart.isdisjoint(path.parents):
            kind = _find_data_kind(path.relative_to(folder).parts)
            sizes[kind] += facts.st_blocks * _BLOCK_BYTES
            files[kind] += 1
    return [
        KindUsage("data directory", kind, size, files[kind]) for kind, size in sizes.most_common()
    ]


def _find_data_kind(parts: tuple[str, ...]) -> str:
    found = (kind for begin, kind in _DATA_KINDS if parts[: len(begin)] == begin)
    return next(found, _OTHER)


def _find_folder(url: str | None) -> Path | None:
    """Return the folder of a setting that may be a path or a URL, if it is on this machine."""
    if url is None or ("://" in url and not url.startswith("file:")):
        return None
    return Path(unquote(urlsplit(url).path) if "://" in url else url).absolute()


async def _measure_database(conn: Conn) -> KindUsage:
    size = await conn.value(int, "select pg_database_size(current_database())")
    return KindUsage("PostgreSQL", "database", size or 0, None)


async def _measure_backups(settings: Settings, unread: dict[str, str]) -> list[KindUsage]:
    target = settings.backup_target
    if target is None:
        return []
    folder = _find_folder(target)
    if folder is not None and not folder.is_dir():
        # Opening it would make it, perhaps where a disk is not mounted.
        unread["backups"] = f"{folder} does not exist"
        return []
    try:
        repository = open_repository(target)
    except CannotStart as error:
        unread["backups"] = str(error)
        return []
    try:
        return await _count("backups", repository.storage.walk(), lambda _: "backups", unread)
    finally:
        repository.storage.close()


async def _list_members(conn: Conn, count: int) -> list[MemberDiskUsage]:
    rows = await upload_queries.list_largest_members(conn, count)
    names = {row.user_id: row.username for row in rows}
    renditions = await audio_queries.sum_renditions_of(conn, list(names))
    kinds: dict[str, dict[StorageKind, int]] = {name: {} for name in names.values()}
    for row in rows:
        kinds[row.username][row.kind] = row.bytes
    return [
        MemberDiskUsage(name, sum(own.values()), own, size)
        for (name, own), size in zip(kinds.items(), renditions, strict=True)
    ]
