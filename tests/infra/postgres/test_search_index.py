"""Indexes of words: the dictionary, the most popular items, and what a search reads."""

from uuid import UUID

import pytest

from veza.core.ids import new_id
from veza.core.search_query import make_query
from veza.core.search_text import SearchDocument, index_words, parse_search, title_key
from veza.infra.postgres import search_index
from veza.infra.postgres.search_index import SearchIndex
from veza.infra.postgres.where import Where

# Of members, because rows of these are made quickest.
INDEX = SearchIndex("artist", "artist_search", "7.5::double precision")


async def add(tx, title: str, popularity: float = 0, words: str | None = None) -> UUID:
    item_id = new_id()
    sql = "insert into users (id, username, email, password_hash) values ($1, $2, $3, '!')"
    await tx.run(sql, item_id, f"u{item_id.hex[:20]}", f"{item_id}@example.com")
    words = index_words((title, "A")) if words is None else words
    document = SearchDocument(item_id, title_key(title), words, popularity)
    await search_index.store_documents(tx, INDEX, [document])
    return item_id


async def find(tx, text: str, limit: int = 20, filters: tuple[str, ...] = ()) -> list[UUID]:
    search = parse_search(text)
    spellings = await search_index.list_spellings(tx, [INDEX], search)
    query = make_query(search, spellings[INDEX.kind], filters)
    if query is None:
        return []
    where = Where()
    found = search_index.found_sql(INDEX, where, query, limit)
    sql = f"{found} select id from found order by score desc, id desc"
    return await tx.column(UUID, sql, *where.values)


async def test_filters_are_no_words(tx):
    album = await add(tx, "zzsix", words="'zzsix':1A 'zz:album'")
    preset = await add(tx, "zzsix", words="'zzsix':1A 'zz:preset'")

    sql = "select array_agg(word) from search_words where kind = 'artist' and word like 'zz%'"
    assert await tx.value(list[str], sql) == ["zzsix"]
    assert set(await find(tx, "zzsix")) == {album, preset}
    assert await find(tx, "zzsix", filters=("zz:album",)) == [album]


async def test_popularity_decides_between_equal_items(tx):
    items = [await add(tx, "Zzseven Song", popularity) for popularity in (1, 3, 2)]
    assert await find(tx, "zzseven") == [items[1], items[2], items[0]]


async def test_popularity_is_updated_where_it_changed_by_much(tx):
    near, far = await add(tx, "zzeight", 7.45), await add(tx, "zzeight", 1)
    assert await search_index.update_popularity(tx, INDEX, None) is not None

    sql = "select popularity from artist_search where id = $1"
    assert [await tx.value(float, sql, each) for each in (near, far)] == [7.45, 7.5]


async def test_items_enter_and_leave_the_most_popular(tx, monkeypatch):
    await tx.run("delete from artist_search")
    monkeypatch.setattr(search_index, "HOT_SIZE", 2)
    monkeypatch.setattr(search_index, "_HOT_END", 3)
    items = [await add(tx, "zznine", popularity) for popularity in (5, 4, 3, 2, 1)]

    async def hot() -> set[UUID]:
        return set(await tx.column(UUID, "select id from artist_search where is_hot"))

    # The third stays what it is: a little change moves nothing.
    assert await search_index.update_hot(tx, INDEX) == 2
    assert await hot() == set(items[:3])
    await tx.run("update artist_search set popularity = 9 where id = $1", items[4])
    assert await search_index.update_hot(tx, INDEX) == 2
    assert await hot() == {items[4], items[0], items[1]}
    assert await search_index.update_hot(tx, INDEX) == 0
    # Items outside of them are found as well.
    assert set(await find(tx, "zznine")) == set(items)


@pytest.mark.parametrize("is_common", [False, True])
async def test_common_words_find_the_most_popular_items(tx, is_common):
    sql = "update search_words set uses = $1 where word = 'zzten'"
    items = [await add(tx, "Zzten Song", popularity) for popularity in range(30)]
    await tx.run(sql, 100_000 if is_common else 30)

    assert await find(tx, "zzten", limit=5) == items[:-6:-1]
