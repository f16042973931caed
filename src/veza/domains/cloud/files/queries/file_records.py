"""Files by path, and the trash; deleting them returns the hashes whose references are to go."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import FileId, UserId
from veza.core.pages import Cursor
from veza.domains.cloud.files.models import (
    CloudFile,
    CloudFilePath,
    ExportedContent,
    FileQuery,
    FileSort,
    ServedVersion,
    UsedFolder,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where, escape_like

_FILE = """
    f.id, f.folder, f.name, f.version, f.trashed_at, f.created_at, f.updated_at, v.sha256,
    v.size_bytes, v.content_type
"""
_JOIN = "join file_versions v on v.file_id = f.id and v.version = f.version"


async def insert_file(
    tx: Tx, file_id: FileId, owner_id: UserId, path: CloudFilePath, *, search_text: str
) -> None:
    """Insert a file, whose first version is inserted next."""
    sql = """
        insert into files (id, owner_id, folder, name, search_text, version)
             values (:id, :owner_id, :folder, :name, :search_text, 1)
    """
    await tx.run(*bind(sql, path, id=file_id, owner_id=owner_id, search_text=search_text))


async def find_file(conn: Conn, file_id: FileId, owner_id: UserId) -> CloudFile | None:
    sql = f"select {_FILE} from files f {_JOIN} where f.id = $1 and f.owner_id = $2"
    return await conn.maybe(CloudFile, sql, file_id, owner_id)


async def lock_file(tx: Tx, file_id: FileId, owner_id: UserId) -> None:
    """Lock a file of a member, if it exists."""
    # A second statement reads it, because the one that waited for the lock sees outdated rows.
    await tx.run("select from files where id = $1 and owner_id = $2 for update", file_id, owner_id)


async def list_files(
    conn: Conn, owner_id: UserId, query: FileQuery, cursor: Cursor | None
) -> list[CloudFile]:
    """Return files of a member: up to the limit plus 1."""
    is_by_name = query.sort is FileSort.NAME
    # The page is cut first: otherwise the plan may join the versions of all members.
    where = Where("owner_id = {}", owner_id)
    where.add("trashed_at is not null" if query.is_trashed else "trashed_at is null")
    where.add_filter("folder = {}", query.folder)
    for word in query.words:
        where.add("search_text like {}", f"%{escape_like(word)}%")
    if cursor is not None and is_by_name:
        where.add("(search_text, id) > ({}, {})", cursor.value, cursor.id)
    elif cursor is not None:
        where.add("id < {}", cursor.id)
    order = "search_text, id" if is_by_name else "id desc"
    sql = f"""
        select {_FILE}
          from (
                   select id, folder, name, search_text, version, trashed_at, created_at, updated_at
                     from files
                   {where.sql}
                    order by {order}
                    limit {query.limit + 1:d}
               ) as f
          {_JOIN}
         order by {order.replace("id", "f.id")}
    """
    return await conn.all(CloudFile, sql, *where.values)


async def list_folders(
    conn: Conn, owner_id: UserId, limit: int, after: str | None
) -> list[UsedFolder]:
    """Return folders of a member by name: up to the limit plus 1."""
    where = Where("owner_id = {}", owner_id)
    where.add("trashed_at is null")
    where.add_filter("folder > {}", after)
    sql = f"""
        select folder, count(*) as files_count
          from files
        {where.sql}
         group by folder
         order by folder
         limit {limit + 1:d}
    """
    return await conn.all(UsedFolder, sql, *where.values)


async def update_path(tx: Tx, file_id: FileId, path: CloudFilePath, *, search_text: str) -> None:
    sql = """
        update files
           set folder = :folder, name = :name, search_text = :search_text, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, path, id=file_id, search_text=search_text))


async def update_trashed(tx: Tx, file_id: FileId, *, is_trashed: bool) -> None:
    sql = "update files set trashed_at = case when $2 then now() end where id = $1"
    await tx.run(sql, file_id, is_trashed)


async def find_opened(
    conn: Conn, file_id: FileId, owner_id: UserId, version: int | None
) -> ServedVersion | None:
    """Return a version, by default the latest, of a file that isn't in the trash."""
    where = Where("f.id = {}", file_id)
    where.add("f.owner_id = {}", owner_id)
    where.add("f.trashed_at is null")
    if version is None:
        where.add("v.version = f.version")
    else:
        where.add("v.version = {}", version)
    sql = f"""
        select f.name, b.id as blob_id, v.sha256, v.size_bytes, v.content_type,
               v.created_at as stored_at
          from files f
          join file_versions v on v.file_id = f.id
          join blobs b on b.sha256 = v.sha256
        {where.sql}
    """
    return await conn.maybe(ServedVersion, sql, *where.values)


async def delete_file(tx: Tx, file_id: FileId) -> list[str]:
    """Delete a file with all of its versions; return the hashes of their contents."""
    sql = """
        with gone as (
            delete from file_versions where file_id = $1 returning file_id, sha256
        ), file as (
            delete from files where id = $1
        )
        select sha256 from gone
    """
    return await tx.column(str, sql, file_id)


async def lock_oldest_trashed(tx: Tx, owner_id: UserId) -> FileId | None:
    """Lock the file of a member that has been in the trash for longest."""
    sql = """
        select id
          from files
         where owner_id = $1 and trashed_at is not null
         order by trashed_at, id
         limit 1
           for update
    """
    found = await tx.value(UUID, sql, owner_id)
    return None if found is None else FileId(found)


async def lock_old_trash(tx: Tx, age: timedelta) -> FileId | None:
    """Lock a file that has been in the trash for longer, and isn't locked."""
    sql = """
        select id
          from files
         where trashed_at < now() - $1::interval
         order by trashed_at, id
         limit 1
           for update skip locked
    """
    found = await tx.value(UUID, sql, age)
    return None if found is None else FileId(found)


async def list_own(conn: Conn, owner_id: UserId) -> list[CloudFile]:
    """Return a member's files, including those in the trash, in the order of their ids."""
    sql = f"""
        select {_FILE}
          from files f
          {_JOIN}
         where f.owner_id = $1
         order by f.id
    """
    return await conn.every(CloudFile, sql, owner_id)


async def list_own_contents(conn: Conn, owner_id: UserId) -> list[ExportedContent]:
    """Return the contents of a member's versions in the order of their ids."""
    sql = """
        select v.id, format('%s-%s-%s', f.id, v.version, f.name) as name, b.id as blob_id,
               v.size_bytes
          from files f
          join file_versions v on v.file_id = f.id
          join blobs b on b.sha256 = v.sha256
         where f.owner_id = $1
         order by v.id
    """
    return await conn.every(ExportedContent, sql, owner_id)


async def lock_files_of(tx: Tx, owner_id: UserId) -> None:
    """Lock all files and snapshots of a member."""
    sql = "select id from files where owner_id = $1 order by id for update"
    await tx.column(UUID, sql, owner_id)
    sql = "select id from file_snapshots where owner_id = $1 order by id for update"
    await tx.column(UUID, sql, owner_id)


async def delete_files_of(tx: Tx, owner_id: UserId) -> list[str]:
    """Delete all locked files and snapshots of a member; return the hashes of their contents."""
    sql = """
        with gone as (
            delete from file_versions v
                  using files f
                  where f.id = v.file_id and f.owner_id = $1
              returning v.sha256
        ), whole as (
            delete from files where owner_id = $1
        ), sent as (
            delete from file_snapshots where owner_id = $1 returning sha256
        )
        select sha256 from gone union all select sha256 from sent
    """
    return await tx.column(str, sql, owner_id)


async def count_files(conn: Conn) -> dict[str, int]:
    """Return the number of files, and of their versions."""
    sql = """
        select (select count(*) from files) as total,
               (select count(*) from file_versions) as versions
    """
    return await conn.counts(sql)


async def update_owner(tx: Tx, owner_id: UserId, into_id: UserId) -> None:
    """Give all files of a page to another profile, whose storage they count for."""
    for table in ("files", "file_versions", "file_snapshots"):
        sql = f"update {table} set owner_id = $2 where owner_id = $1"
        await tx.run(sql, owner_id, into_id)
