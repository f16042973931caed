"""The data that benchmarks read fits the schema and is consistent."""

import asyncpg

from bench.filling import Sizes, render
from tests.infra.databases import migrated
from veza.app.services import Services

_SIZES = Sizes(users=450, tracks=600, posts=300, products=200)


async def test_the_data_of_benchmarks_fits_the_schema(services: Services):
    async with migrated(services) as database:
        connection = await asyncpg.connect(database.owner_url)
        try:
            await connection.execute(render(_SIZES, "none"))
            for table in _SIZES.__struct_fields__:
                found = await connection.fetchval(f"select count(*) from {table}")
                assert found == getattr(_SIZES, table), table
            assert await connection.fetchval(_WRONG_LIKES) == 0
            assert await connection.fetchval(_WRONG_HEADS) == 0
            assert await connection.fetchval(_UNNAMED) == 0
            assert await connection.fetchval(_UNDECIDED) == 0
            assert await connection.fetchval("select count(*) from bench.conversations") >= 200
        finally:
            await connection.close()


_WRONG_LIKES = """
    select count(*)
      from tracks t
     where likes_count <> (select count(*) from track_likes l where l.track_id = t.id)
"""
_WRONG_HEADS = """
    select count(*)
      from conversations c
     where (last_seq, last_number)
        <> (select max(seq), max(number) from messages m where m.conversation_id = c.id)
"""
# Lists read the copy of the name in the account.
_UNNAMED = """
    select count(*)
      from users u
      join profiles p on p.id = u.id
     where u.display_name is null or u.display_name is distinct from p.display_name
        or lower(u.display_name) = lower(u.username)
"""
_UNDECIDED = "select count(*) from track_announcements where decided_at is null"


def test_all_names_in_the_statements_are_replaced():
    text = render(_SIZES, "a hash")
    assert "'a hash'" in text
    for name in ("users", "tracks", "posts", "products", "password_hash"):
        assert f":{name}" not in text.replace("::", "")
