"""Arrays that a connection knows from the beginning."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from veza.infra.postgres.database import Database
from veza.infra.postgres.type_codecs import ARRAY_TYPES

_VALUES = {
    "bool": True,
    "bytea": b"\0\xff",
    "int2": -32768,
    "int4": 2**31 - 1,
    "xid": 7,
    "int8": -(2**63),
    "float8": 0.1,
    "date": date(2026, 2, 28),
    "timestamptz": datetime(2026, 1, 1, tzinfo=UTC),
    "interval": timedelta(days=3),
    "numeric": Decimal("0.10"),
    "uuid": UUID(int=9),
    "jsonb": {"a": [1, None]},
}


async def test_their_numbers_are_those_of_the_server(database: Database) -> None:
    sql = """
        select oid::bigint
          from pg_type
         where typnamespace = 'pg_catalog'::regnamespace and typname = any($1::text[])
         order by array_position($1::text[], typname::text)
    """
    names = list(ARRAY_TYPES)
    async with database.read() as conn:
        elements = await conn.column(int, sql, names)
        arrays = await conn.column(int, sql, [f"_{name}" for name in names])
    assert dict(zip(names, zip(arrays, elements, strict=True), strict=True)) == ARRAY_TYPES


async def test_each_comes_back_as_it_went_and_nothing_is_asked_of_the_catalogue(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _VALUES.keys() == ARRAY_TYPES.keys()
    asked: list[object] = []
    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", asked.append)
    async with database.read() as conn:
        for name, value in _VALUES.items():
            sent = [value, None, value]
            for sql in (
                f"select $1::{name}[] as a",
                f"select array_agg(v) as a from unnest($1::{name}[]) v",
            ):
                assert await conn.value(list, sql, sent) == sent, name
    assert not asked
