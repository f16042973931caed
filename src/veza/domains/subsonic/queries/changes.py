"""Finds which artists and genres changed since a snapshot that a process has in memory."""

from msgspec import Struct

from veza.infra.postgres.database import Conn


class CatalogueChanges(Struct, frozen=True):
    """The changes since a snapshot, and the snapshot for the next read.

    A moment is the number of the oldest transaction that was running.
    """

    moment: str
    subjects: list[str]


async def list_changes(conn: Conn, kind: str, since: str | None, limit: int) -> CatalogueChanges:
    """Return the subjects of a kind that changed since a moment, at most `limit`.

    Without a moment, none. What was committed before the statement is found: a transaction that
    was running at an earlier moment has this or a higher number.
    """
    sql = f"""
        select pg_snapshot_xmin(pg_current_snapshot())::text as moment,
               array(select distinct c.subject
                       from catalogue_changes c
                      where c.changed_in >= $2::text::xid8 and c.kind = $1
                      limit {limit:d}) as subjects
    """
    return await conn.one(CatalogueChanges, sql, kind, since)
