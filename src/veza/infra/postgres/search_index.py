"""Indexes of words: tables in which domains keep what their items are found by.

All have the columns of `track_search`. They share the dictionary `search_words`.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import LOWEST_ID
from veza.core.search_query import COMMON_USES, SearchQuery, Spelling
from veza.core.search_text import SearchDocument, SearchText, index_words
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.where import Where

# Found in each tier at most, before they are ranked.
MAX_CANDIDATES = 1_000
# A tier is only searched if the tiers before it have fewer.
_ENOUGH = 21
# The most popular items, which are read one by one for words that are too common for an index.
_TOP_SIZE = 2_000
HOT_SIZE = 20_000
# Beyond this place an item leaves the hot tier; between the two it stays what it is.
_HOT_END = 22_000
_BATCH_SIZE = 5_000
_MOVED_AT_ONCE = 20_000
# By how much the popularity has to change for an update, because an update writes all indexes.
_MIN_CHANGE = 0.1
# How many longer words are counted for a beginning of a word.
_LONGER_WORDS = 200
_MIN_MISSPELT_LENGTH = 4
_MIN_TRIGRAM_LENGTH = 8
# Sorts after every word.
_LAST_CHARACTER = "\U0010ffff"

_RANK = """
    (ts_rank('{0.1, 0.3, 0.6, 1}', words, $words, 1) + bonus) * (1 + popularity / 10)
"""


class SearchIndex(Struct, frozen=True):
    """An index of words.

    `popularity` is the SQL of the present popularity of the item `batch.id`. `score` is the SQL by
    which items are sorted: of the columns `words`, `popularity`, `bonus` (3 for the exact title),
    and the tsquery `$words`.
    """

    kind: str
    table: str
    popularity: str
    score: str = _RANK


class _Known(Struct, frozen=True):
    """The number of items of a kind with a word, and with words that begin with it.

    `similar` are the known words that differ by one letter, of a word that no item has.
    """

    kind: str
    word: str
    uses: int | None
    longer_uses: int | None
    similar: list[str]


class _Similar(Struct, frozen=True):
    """The known words that resemble a word."""

    kind: str
    word: str
    similar: list[str]


async def list_spellings(
    conn: Conn, indexes: Sequence[SearchIndex], search: SearchText
) -> dict[str, dict[str, Spelling]]:
    """Return what the dictionary of each kind knows of the words of a search."""
    spellings: dict[str, dict[str, Spelling]] = {index.kind: {} for index in indexes}
    misspellable = [each for each in search.misspellable if len(each) >= _MIN_MISSPELT_LENGTH]
    for known in await _list_known(conn, list(spellings), search.words, misspellable):
        spelling = Spelling(known.word, known.uses, known.longer_uses, known.similar)
        spellings[known.kind][known.word] = spelling
    unknown = [
        (kind, word)
        for kind, found in spellings.items()
        for word in misspellable
        if len(word) >= _MIN_TRIGRAM_LENGTH and not found[word].is_known and not found[word].similar
    ]
    for found in await _list_resembling(conn, unknown) if unknown else []:
        spellings[found.kind][found.word] = Spelling(found.word, similar=found.similar)
    return spellings


async def _list_known(
    conn: Conn, kinds: Sequence[str], words: Sequence[str], misspellable: Sequence[str]
) -> list[_Known]:
    """Return what is known of words; of similar ones those with the same first letter first."""
    # The kind is compared afterwards: the planner would read the index of all words of a kind.
    sql = f"""
        select k.kind, g.word, known.uses, longer.uses as longer_uses,
               case when g.word <> all ($3::text[]) or coalesce(known.uses, longer.uses) is not null
                    then '{{}}'
                    else array(
                        select w.word
                          from (select kind, word, uses from search_words
                                 where length(word) >= 3 and deletions(word) && deletions(g.word)
                                offset 0) w
                         where w.kind = k.kind
                         order by left(w.word, 1) = left(g.word, 1) desc, w.uses desc, w.word
                         limit 6)
               end as similar
          from unnest($1::text[]) as k (kind)
         cross join unnest($2::text[]) as g (word)
          left join search_words known on known.kind = k.kind and known.word = g.word
         cross join lateral (
                -- Of very many longer words not all are read.
                select case when count(*) < {_LONGER_WORDS:d} then sum(w.uses)::integer
                            else greatest(sum(w.uses)::integer, {COMMON_USES:d}) end as uses
                  from (select uses from search_words
                         where kind = k.kind and word > g.word and word < g.word || $4
                         order by word limit {_LONGER_WORDS:d}) as w) as longer
    """
    return await conn.all(_Known, sql, kinds, words, misspellable, _LAST_CHARACTER)


async def _list_resembling(conn: Conn, asked: Sequence[tuple[str, str]]) -> list[_Similar]:
    """Return the long words with many of the same trigrams."""
    sql = f"""
        select g.kind, g.word, array(
                   select w.word from search_words w
                    where w.kind = g.kind and length(w.word) >= {_MIN_TRIGRAM_LENGTH:d}
                      and w.word % g.word
                    order by similarity(w.word, g.word) desc, w.uses desc, w.word
                    limit 3) as similar
          from unnest($1::text[], $2::text[]) as g (kind, word)
    """
    return await conn.all(_Similar, sql, *map(list, zip(*asked, strict=True)))


def found_sql(index: SearchIndex, where: Where, query: SearchQuery, limit: int) -> str:
    """Return a `with` clause whose `found` has the ids and scores of the best items.

    An item of it may have been hidden a moment ago: the caller has to check.
    """
    words, key = f"{where.bind(query.words)}::tsquery", where.bind(query.title_key)
    columns = f"id, popularity, words, case when title_key = {key} then 3 else 0 end as bonus"
    filters = f"and words @@ {where.bind(query.filters)}::tsquery" if query.filters else ""
    same = f"""
        select {columns} from {index.table}
         where title_key = {key} {filters} order by popularity desc limit 20"""
    top = f"""
        select {columns}
          from (select id, popularity, words, title_key from {index.table}
                 where is_hot order by popularity desc, id desc limit {_TOP_SIZE:d}) as most_popular
         where words @@ {words}"""
    hot = f"""
        select {columns} from {index.table}
         where is_hot and words @@ {words} {_unless_enough(["top"] if query.is_common else [])}
         limit {MAX_CANDIDATES:d}"""
    tiers = {"same": same} | ({"top": top} if query.is_common else {}) | {"hot": hot}
    if query.selective is not None:
        tiers["rest"] = f"""
            select {columns}
              from (select id, popularity, words, title_key from {index.table}
                     where not is_hot and words @@ {where.bind(query.selective)}::tsquery
                           {_unless_enough([tier for tier in tiers if tier != "same"])}
                     limit {MAX_CANDIDATES:d}) as likely
             where words @@ {words}"""
    parts = ", ".join(f"{name} as materialized ({sql})" for name, sql in tiers.items())
    union = " union all ".join(f"select id, popularity, words, bonus from {name}" for name in tiers)
    return f"""
        with {parts}, found as (
            select id, max({index.score.replace("$words", words)}) as score
              from ({union}) as candidates
             group by id
             order by score desc, id desc
             limit {limit:d}
        )
    """


def _unless_enough(tiers: Sequence[str]) -> str:
    return " ".join(f"and (select count(*) from {tier}) < {_ENOUGH:d}" for tier in tiers)


async def store_documents(tx: Tx, index: SearchIndex, documents: Sequence[SearchDocument]) -> None:
    """Insert or update what items are found by, and the words that are new."""
    sql = f"""
        with given as (
            select id, popularity, title_key, words::tsvector as words
              from unnest($1::uuid[], $2::double precision[], $3::text[], $4::text[])
                   as g (id, popularity, title_key, words)
        ), stored as (
            insert into {index.table} as s (id, popularity, is_hot, title_key, words)
                 select id, popularity, true, title_key, words from given order by id
            on conflict (id) do update
                    set title_key = excluded.title_key, words = excluded.words
                  where (s.title_key, s.words)
                        is distinct from (excluded.title_key, excluded.words)
        ), used as (
            -- Lexemes with a colon are filters, not words.
            select distinct lexeme collate "C" as word
              from given cross join unnest(tsvector_to_array(words)) as lexeme
             where position(':' in lexeme) = 0
        )
        insert into search_words (kind, word, uses)
             select $5, word, 1 from used
              where not exists (select from search_words k
                                 where k.kind = $5 and k.word = used.word and k.uses > 0)
              order by word
        on conflict (kind, word) do update set uses = 1
    """
    columns = zip(*((d.id, d.popularity, d.title_key, d.words) for d in documents), strict=True)
    if documents:
        await tx.run(sql, *map(list, columns), index.kind)


async def delete_documents(tx: Tx, index: SearchIndex, ids: Sequence[UUID]) -> None:
    """Delete what items are found by."""
    await tx.run(f"delete from {index.table} where id = any($1)", ids)


async def delete_unused_words(tx: Tx, index: SearchIndex, text: str) -> None:
    """Delete the words of a text from the dictionary of an index, unless an item has them.

    For names of erased members, which would otherwise stay until the words are counted again.
    """
    sql = f"""
        delete from search_words k
         using (select distinct lexeme collate "C" as word
                  from unnest(tsvector_to_array($2::tsvector)) as lexeme) g
         where k.kind = $1 and k.word = g.word
           and not exists (select from {index.table} s
                            where s.words @@ quote_literal(g.word)::tsquery)
    """
    await tx.run(sql, index.kind, index_words((text, "A")))


async def update_popularity(tx: Tx, index: SearchIndex, after: UUID | None) -> UUID | None:
    """Update the popularity of the next items, in the order of their ids; return the last."""
    sql = f"""
        with batch as materialized (
            select id, popularity from {index.table}
             where id > $1 order by id limit {_BATCH_SIZE:d}
        ), present as materialized (
            select id, popularity as stored, {index.popularity} as current from batch
        ), changed as (
            update {index.table} s
               set popularity = present.current
              from present
             where s.id = present.id
               and abs(present.current - present.stored) > {_MIN_CHANGE}
        )
        select id from batch order by id desc limit 1
    """
    return await tx.value(UUID, sql, after or LOWEST_ID)


async def update_hot(tx: Tx, index: SearchIndex) -> int:
    """Move some items into or out of the tier of the most popular items; return how many."""
    sql = f"""
        with enters as (
            select popularity, id from {index.table}
             order by popularity desc, id desc offset {HOT_SIZE - 1:d} limit 1
        ), leaves as (
            select popularity, id from {index.table}
             order by popularity desc, id desc offset {_HOT_END:d} limit 1
        ), moved as (
            select s.id from {index.table} s
              left join enters on true
              left join leaves on true
             where case when is_hot then (s.popularity, s.id) <= (leaves.popularity, leaves.id)
                        else enters.id is null
                             or (s.popularity, s.id) >= (enters.popularity, enters.id) end
             limit {_MOVED_AT_ONCE:d}
        )
        update {index.table} s
           set is_hot = not s.is_hot
          from moved
         where s.id = moved.id
    """
    return await tx.run(sql)


async def refresh_indexes(database: Database, indexes: Sequence[SearchIndex]) -> None:
    """Update the popularity of all items, and which of them are the most popular."""
    for index in indexes:
        last: UUID | None = None
        while True:
            async with database.transaction(recorded=False) as tx:
                last = await update_popularity(tx, index, last)
            if last is None:
                break
        moved = 1
        while moved:
            async with database.transaction(recorded=False) as tx:
                moved = await update_hot(tx, index)
