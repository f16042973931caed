"""The counts of the dictionary `search_words`: how many items have each word.

Counted in batches, each a short transaction, because there may be millions of items. A batch sets
what it finds, so that a count that was interrupted may start again, or run twice at once.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import LOWEST_ID
from veza.infra.postgres.database import Database, Tx
from veza.infra.postgres.search_index import SearchIndex

# Whose words are added at once if they are missing.
_ITEM_BATCH_SIZE = 5_000
# Counted at once. Words of very many items are not counted further: a search treats all of them
# the same. So a batch reads ten million entries of the index at most, even of the commonest words.
_WORD_BATCH_SIZE = 100
_MAX_COUNTED_USES = 100_000


class _Counted(Struct, frozen=True):
    """A word, its stored number of items, and the present one."""

    word: str
    stored: int
    present: int


async def recount_dictionaries(database: Database, indexes: Sequence[SearchIndex]) -> None:
    """Count how many items have each word."""
    for index in indexes:
        last_id: UUID | None = LOWEST_ID
        while last_id is not None:
            async with database.transaction(recorded=False) as tx:
                last_id = await add_missing_words(tx, index, last_id)
        last_word: str | None = ""
        while last_word is not None:
            async with database.transaction(recorded=False) as tx:
                last_word = await recount_words(tx, index, last_word)


async def add_missing_words(tx: Tx, index: SearchIndex, after: UUID) -> UUID | None:
    """Add the words of the next items that the dictionary lacks; return the last item's id."""
    sql = f"""
        with batch as materialized (
            select id, words from {index.table} where id > $2
             order by id limit {_ITEM_BATCH_SIZE:d}
        ), used as (
            -- Lexemes with a colon are filters, not words.
            select distinct lexeme collate "C" as word
              from batch cross join unnest(tsvector_to_array(words)) as lexeme
             where position(':' in lexeme) = 0
        ), added as (
            insert into search_words (kind, word, uses)
                 select $1, word, 1 from used
                  where not exists (select from search_words k
                                     where k.kind = $1 and k.word = used.word)
                  order by word
            on conflict (kind, word) do nothing
        )
        select id from batch order by id desc limit 1
    """
    return await tx.value(UUID, sql, index.kind, after)


async def recount_words(tx: Tx, index: SearchIndex, after: str) -> str | None:
    """Count the items of the next words, in alphabetical order; return the last word.

    A word is deleted if no item had it at two counts, and none was given it in between, which
    sets its count to 1.
    """
    counted = await _list_counted(tx, index, after)
    await _store_counts(tx, index, [c for c in counted if c.present != c.stored or not c.present])
    return counted[-1].word if counted else None


async def _list_counted(tx: Tx, index: SearchIndex, after: str) -> list[_Counted]:
    # GIN alone finds the items of a word, so that the words of an item are not read.
    sql = f"""
        select k.word, k.uses as stored, (
                   select count(*)
                     from (select from {index.table} s
                            where s.words @@ quote_literal(k.word)::tsquery
                            limit {_MAX_COUNTED_USES:d}) as having_it) as present
          from search_words k
         where k.kind = $1 and k.word > $2
         order by k.word
         limit {_WORD_BATCH_SIZE:d}
    """
    return await tx.all(_Counted, sql, index.kind, after)


async def _store_counts(tx: Tx, index: SearchIndex, counted: Sequence[_Counted]) -> None:
    # Locked in the order in which the words of items are inserted, against deadlocks. A word that
    # an item was given since it was counted is left to the next count.
    sql = """
        with changed as materialized (
            select k.word, g.stored, g.present
              from unnest($2::text[], $3::integer[], $4::integer[]) as g (word, stored, present)
              join search_words k on k.kind = $1 and k.word = g.word and k.uses = g.stored
             order by k.word
               for update of k
        ), deleted as (
            delete from search_words k
             using changed c
             where k.kind = $1 and k.word = c.word and c.stored = 0 and c.present = 0
        )
        update search_words k
           set uses = c.present
          from changed c
         where k.kind = $1 and k.word = c.word and c.stored <> c.present
    """
    if counted:
        columns = (
            [c.word for c in counted],
            [c.stored for c in counted],
            [c.present for c in counted],
        )
        await tx.run(sql, index.kind, *columns)
