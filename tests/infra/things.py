"""A database of things on shelves, to try transactions on."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from veza.infra.postgres.database import Database, Tx

TABLES = """
    create table shelves (id integer primary key);
    create table things (
        id    integer primary key,
        name  text not null constraint things_name_length check (length(name) < 10),
        shelf integer references shelves deferrable initially deferred,
        extra jsonb
    );
    create unique index things_name_key on things (lower(name));
"""


class Thing(Struct, frozen=True):
    id: int
    name: str


class Said:
    """Hears what transactions signal."""

    def __init__(self) -> None:
        self.topics: list[frozenset[str]] = []

    async def __call__(self, topics: frozenset[str]) -> None:
        self.topics.append(topics)


async def names(database: Database) -> list[str]:
    async with database.read() as conn:
        return await conn.column(str, "select name from things order by id")


async def within(database: Database, work: Callable[[Tx], Awaitable[object]]) -> None:
    async with database.transaction() as tx:
        await work(tx)


async def put(tx: Tx, number: int, name: str, shelf: int | None = None) -> int:
    sql = "insert into things (id, name, shelf) values ($1, $2, $3)"
    return await tx.run(sql, number, name, shelf)
