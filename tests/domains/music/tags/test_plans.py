"""Query plans of suggestions and of the list of genres, among a hundred thousand of each."""

import pytest

from tests.plans import explain
from tests.raw import hearing
from veza.infra.postgres import database as db

pytestmark = pytest.mark.long

# A third begins with one letter, as bad as it gets; so many more resemble each other.
FILL = """
    with made as (
        select case when n % 3 = 0 then 'z' else chr(97 + n % 25) end
               || translate(left(md5(n::text), 4 + n % 9), '0123456789', 'aeiouaeiou') || n as key,
               n % 1000 as uses_count
          from generate_series(1, 100000) n
    ), spelt as (
        insert into tag_spellings (spelling, key, uses_count) select key, key, uses_count from made
    )
    insert into tags (key, uses_count) select key, uses_count from made
"""
FILL_GENRES = """
    insert into genres (name, tracks_count)
         select md5(n::text) || ' z', n % 1000 from generate_series(1, 100000) n
"""


@pytest.fixture(scope="module")
async def hundred_thousand(services):
    async with services.database.transaction() as tx:
        await tx.run(FILL)
        await tx.run(FILL_GENRES)
    async with db.connect(services.addresses.migration) as owning, owning.transaction() as tx:
        await tx._raw.execute("analyze tags, tag_spellings, genres")
    yield
    async with services.database.transaction() as tx:
        await tx.run("delete from tags where key ~ '[0-9]$'")
        await tx.run("delete from tag_spellings where key ~ '[0-9]$'")
        await tx.run("delete from genres where name ~ '^[0-9a-f]{32} z$'")


@pytest.mark.parametrize("typed", ["", "z", "za", "zae", "zae1", "drum and bass", "aeiouaeiou"])
async def test_a_suggestion_touches_a_few_pages(client, services, reader, hundred_thousand, typed):
    async with hearing(services, "tags t") as statements:
        answer = await client.get("tags/suggest", params={"q": typed}, headers=reader.headers)
    assert answer.status_code == 200
    assert statements

    for sql, values in statements:
        async with services.database.read() as conn:
            plan = await explain(conn, sql, *values)
        assert not plan.read_whole(), plan
        assert plan.buffers <= 3_000, plan


async def test_the_list_of_genres_reads_its_own_rows_alone(client, services, hundred_thousand):
    async with hearing(services, "from genres") as statements:
        answer = await client.get("genres", params={"limit": 1000})
    assert len(answer.json()["data"]["genres"]) == 1000

    [(sql, values)] = statements
    async with services.database.read() as conn:
        plan = await explain(conn, sql, *values)
    assert plan.indexes == {"genres_listed"}, plan
    assert not plan.sorted_rows(), plan
    assert plan.buffers <= 1_100, plan
