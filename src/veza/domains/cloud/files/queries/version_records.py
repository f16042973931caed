"""Versions and snapshots; deleting them returns the hashes whose references are to go."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import FileId, FileSnapshotId, FileVersionId, UserId
from veza.domains.cloud.files.models import (
    CloudFile,
    DatedVersion,
    FileVersion,
    NewVersion,
    VersionCounts,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_VERSION_FACTS = "id, file_id, version, sha256, size_bytes, content_type, is_snapshot"
_VERSION = f"""
    {_VERSION_FACTS}, created_at, format('files/%s/%s', file_id, version) as storage_key
"""


async def insert_version(tx: Tx, version_id: FileVersionId, version: NewVersion) -> FileVersion:
    sql = f"""
        insert into file_versions ({_VERSION_FACTS})
             values (:id, :file_id, :version, :sha256, :size_bytes, :content_type, :is_snapshot)
          returning {_VERSION}
    """
    return await tx.one(FileVersion, *bind(sql, version, id=version_id))


async def update_version(tx: Tx, file_id: FileId, version: int) -> None:
    sql = "update files set version = $2, updated_at = now() where id = $1"
    await tx.run(sql, file_id, version)


async def count_versions(conn: Conn, file_id: FileId) -> VersionCounts:
    sql = """
        select count(*) as versions, count(*) filter (where is_snapshot) as snapshots
          from file_versions
         where file_id = $1
    """
    return await conn.one(VersionCounts, sql, file_id)


async def find_version(conn: Conn, file_id: FileId, version: int) -> FileVersion | None:
    sql = f"select {_VERSION} from file_versions where file_id = $1 and version = $2"
    return await conn.maybe(FileVersion, sql, file_id, version)


async def list_versions(
    conn: Conn, file_id: FileId, limit: int, before: int | None
) -> list[FileVersion]:
    """Return versions, newest first: up to the limit plus 1."""
    where = Where("file_id = {}", file_id)
    where.add_filter("version < {}", before)
    sql = f"""
        select {_VERSION}
          from file_versions
        {where.sql}
         order by version desc
         limit {limit + 1:d}
    """
    return await conn.all(FileVersion, sql, *where.values)


async def delete_versions(tx: Tx, file_id: FileId, versions: Sequence[int]) -> list[str]:
    """Return the hashes of their contents."""
    sql = "delete from file_versions where file_id = $1 and version = any($2) returning sha256"
    return await tx.column(str, sql, file_id, versions)


async def insert_snapshot(
    tx: Tx, snapshot_id: FileSnapshotId, owner_id: UserId, file: CloudFile
) -> None:
    sql = """
        insert into file_snapshots (id, owner_id, name, sha256, size_bytes, content_type)
             values (:snapshot_id, :owner_id, :name, :sha256, :size_bytes, :content_type)
    """
    await tx.run(*bind(sql, file, snapshot_id=snapshot_id, owner_id=owner_id))


async def update_snapshot_owner(
    tx: Tx, snapshot_ids: Sequence[FileSnapshotId], owner_id: UserId
) -> None:
    sql = "update file_snapshots set owner_id = $2 where id = any($1)"
    await tx.run(sql, snapshot_ids, owner_id)


async def delete_snapshots(tx: Tx, snapshot_ids: Sequence[FileSnapshotId]) -> list[str]:
    """Return the hashes of their contents."""
    locks = "select id from file_snapshots where id = any($1) order by id for update"
    await tx.column(UUID, locks, snapshot_ids)
    sql = """
        delete from file_snapshots
              where id = any($1)
          returning sha256
    """
    return await tx.column(str, sql, snapshot_ids)


async def list_thinnable(conn: Conn, age: timedelta, after: UUID) -> list[FileId]:
    """Return files with several older versions in the order of their ids, 500 at a time."""
    sql = """
        select file_id
          from file_versions
         where created_at < now() - $1::interval
           and not is_snapshot
           and file_id > $2
         group by file_id
        having count(*) > 1
         order by file_id
         limit 500
    """
    return [FileId(found) for found in await conn.column(UUID, sql, age, after)]


async def lock_former(tx: Tx, file_id: FileId) -> list[DatedVersion]:
    """Lock a file; return its former versions that aren't snapshots."""
    sql = """
        with file as (
            select id, version from files where id = $1 for update
        )
        select v.version, v.created_at
          from file
          join file_versions v on v.file_id = file.id and v.version < file.version
         where not v.is_snapshot
         order by v.version
    """
    return await tx.all(DatedVersion, sql, file_id)
