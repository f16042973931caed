"""Counting the words of an index in batches: interrupted, repeated, and while items change."""

import asyncio
from uuid import UUID

import pytest

from veza.core.ids import LOWEST_ID, new_id
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.infra.postgres import search_index, word_counts
from veza.infra.postgres.database import Tx
from veza.infra.postgres.search_index import SearchIndex

# Of members, because rows of these are made quickest.
INDEX = SearchIndex("artist", "artist_search", "7.5::double precision")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(word_counts, "_ITEM_BATCH_SIZE", 2)
    monkeypatch.setattr(word_counts, "_WORD_BATCH_SIZE", 2)


@pytest.fixture
async def database(services):
    """The database, from which what was committed is removed at the end."""
    yield services.database
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from artist_search where title_key like 'zz%'")
        await tx.run("delete from search_words where kind = 'artist' and word like 'zz%'")


async def add(tx, words: str) -> UUID:
    item_id = new_id()
    sql = "insert into users (id, username, email, password_hash) values ($1, $2, $3, '!')"
    await tx.run(sql, item_id, f"u{item_id.hex[:20]}", f"{item_id}@example.com")
    document = SearchDocument(item_id, title_key(words), index_words((words, "A")), 0)
    await search_index.store_documents(tx, INDEX, [document])
    return item_id


async def count(tx) -> None:
    item_id: UUID | None = LOWEST_ID
    while item_id is not None:
        item_id = await word_counts.add_missing_words(tx, INDEX, item_id)
    word: str | None = ""
    while word is not None:
        word = await word_counts.recount_words(tx, INDEX, word)


async def uses(conn) -> dict[str, int]:
    sql = """
        select coalesce(jsonb_object_agg(word, uses), '{}') from search_words
         where kind = 'artist' and word like 'zz%'
    """
    return await conn.value(dict[str, int], sql)


async def test_a_word_is_deleted_after_two_counts_without_items_that_have_it(tx):
    await add(tx, "zzone zztwo")
    gone = await add(tx, "zztwo zzthree")
    assert await uses(tx) == {"zzone": 1, "zztwo": 1, "zzthree": 1}

    await count(tx)
    assert await uses(tx) == {"zzone": 1, "zztwo": 2, "zzthree": 1}

    await search_index.delete_documents(tx, INDEX, [gone])
    await count(tx)
    assert await uses(tx) == {"zzone": 1, "zztwo": 1, "zzthree": 0}
    await count(tx)
    assert await uses(tx) == {"zzone": 1, "zztwo": 1}


async def test_a_word_that_is_used_again_is_kept(tx):
    await search_index.delete_documents(tx, INDEX, [await add(tx, "zzfour")])
    await count(tx)
    assert await uses(tx) == {"zzfour": 0}
    await add(tx, "zzfour")
    await count(tx)
    assert await uses(tx) == {"zzfour": 1}


async def test_missing_words_are_added_by_the_count(tx):
    for n in range(5):
        await add(tx, f"zzfive zz{n}")
    await tx.run("delete from search_words where word like 'zz%'")
    await count(tx)
    assert await uses(tx) == {"zzfive": 5, "zz0": 1, "zz1": 1, "zz2": 1, "zz3": 1, "zz4": 1}


async def test_words_of_many_items_are_counted_up_to_a_bound(tx, monkeypatch):
    monkeypatch.setattr(word_counts, "_MAX_COUNTED_USES", 3)
    for _ in range(5):
        await add(tx, "zzsix")
    await count(tx)
    assert await uses(tx) == {"zzsix": 3}


class Killed(Exception):
    """The process ends here."""


async def test_a_count_that_was_killed_keeps_its_batches_and_is_completed(database, monkeypatch):
    words = [f"zz{letter}" for letter in "abcdefgh"]
    async with database.transaction(recorded=False) as tx:
        for n in range(1, len(words) + 1):
            await add(tx, " ".join(words[:n]))
        await tx.run("delete from search_words where word = 'zzh'")
    expected = {word: 8 - n for n, word in enumerate(words)}
    recount_words = word_counts.recount_words

    async def recount_until_killed(tx: Tx, index: SearchIndex, after: str) -> str | None:
        last = await recount_words(tx, index, after)
        if last is not None and last >= "zzd":
            raise Killed
        return last

    with monkeypatch.context() as patched:
        patched.setattr(word_counts, "recount_words", recount_until_killed)
        with pytest.raises(Killed):
            await word_counts.recount_dictionaries(database, [INDEX])
    async with database.read() as conn:
        left = await uses(conn)
    assert left["zza"] == 8
    assert left["zzg"] == 1 != expected["zzg"]

    for _ in range(2):
        await word_counts.recount_dictionaries(database, [INDEX])
        async with database.read() as conn:
            assert await uses(conn) == expected


async def test_a_word_given_to_an_item_since_it_was_counted_is_kept(database, monkeypatch):
    async with database.transaction(recorded=False) as tx:
        await search_index.delete_documents(tx, INDEX, [await add(tx, "zzlate")])
    await word_counts.recount_dictionaries(database, [INDEX])
    store_counts, is_added = word_counts._store_counts, asyncio.Event()

    async def add_before_storing(tx, index, counted):
        if any(c.word == "zzlate" for c in counted) and not is_added.is_set():
            is_added.set()
            async with database.transaction(recorded=False) as other:
                await add(other, "zzlate")
        await store_counts(tx, index, counted)

    monkeypatch.setattr(word_counts, "_store_counts", add_before_storing)
    for _ in range(2):
        await word_counts.recount_dictionaries(database, [INDEX])
        async with database.read() as conn:
            assert (await uses(conn))["zzlate"] == 1
    assert is_added.is_set()
