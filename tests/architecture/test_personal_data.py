"""No table with a person's id is left out when a member's data is handed out or erased."""

import asyncpg
import pytest

from tests.architecture.source import ensure_none, list_domains, owned_tables
from tests.raw import borrowed
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services

_NAMED = {table for part in PERSONAL_DATA.values() for table in part.tables}

# Columns that point at `users`, and those whose names say that they mean a person.
_FIND = r"""
    select distinct c.relname
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace
       and c.relkind in ('r', 'p')
       and (a.attname ~ '(^|_)(user|owner|author|liker|listener|member|sender|recipient|buyer'
                        '|seller|creator|reporter|reviewer|follower|followee|moderator|admin'
                        '|actor|invitee|inviter|viewer|person|account)(_id|_ids)?$'
            or a.attname ~ '_by$'
            or a.attname in ('email', 'ip')
            or exists (select 1 from pg_constraint f
                        where f.conrelid = c.oid and f.contype = 'f'
                          and f.confrelid = 'users'::regclass))
"""


async def _find_personal_tables(raw: asyncpg.Connection) -> set[str]:
    return {row["relname"] for row in await raw.fetch(_FIND)}


async def test_every_table_with_a_persons_id_has_a_part(services: Services):
    async with borrowed(services) as raw:
        ensure_none(sorted(await _find_personal_tables(raw) - _NAMED))


async def test_only_tables_that_exist_are_named(services: Services):
    async with borrowed(services) as raw:
        rows = await raw.fetch("select tablename from pg_tables where schemaname = 'public'")
    ensure_none(sorted(_NAMED - {row["tablename"] for row in rows}))


def test_each_domain_answers_for_its_own_tables():
    ensure_none(
        f"{domain} names {table}, which it doesn't own"
        for domain in list_domains()
        if domain in PERSONAL_DATA
        for table in set(PERSONAL_DATA[domain].tables) - owned_tables(domain)
    )
    assert set(PERSONAL_DATA) <= set(list_domains())


def test_the_account_goes_last():
    # What another domain erases still needs to know whose it is.
    assert list(PERSONAL_DATA)[-1] == "accounts"


@pytest.mark.parametrize(
    "columns",
    [
        "id uuid primary key, whoever uuid references users",
        "id uuid primary key, liker_id uuid not null",
        "listener text primary key",
        "id uuid primary key, resolved_by uuid",
    ],
)
async def test_a_forgotten_table_is_found(services: Services, columns: str):
    raw = await asyncpg.connect(services.addresses.migration)
    try:
        frame = raw.transaction()
        await frame.start()
        await raw.execute(f"create table forgotten ({columns})")
        assert "forgotten" in await _find_personal_tables(raw)
        await frame.rollback()
    finally:
        await raw.close()


async def test_a_table_of_things_is_not_taken_for_one_of_people(services: Services):
    async with borrowed(services) as raw:
        found = await _find_personal_tables(raw)
    assert "outbox" not in found
    assert "blobs" not in found
