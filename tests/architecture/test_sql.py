"""Every statement fits the schema, touches only what it may, and is written as agreed.

Statements composed while the program runs, and single statements, are prepared where tests call
them: `queries.py` is covered whole.
"""

import re

import asyncpg
import pytest

from tests.architecture.source import (
    DOMAINS,
    SRC,
    ensure_none,
    find_domains,
    list_domains,
    owned_tables,
    read_source,
    read_sources,
)
from tests.architecture.sql import (
    Statement,
    find_locked_tables,
    find_statements,
    find_written_tables,
)
from tests.raw import borrowed
from veza.app.services import Services
from veza.infra.postgres.parameters import numbered

_QUERIES = sorted(
    path
    for pattern in (
        *("queries.py", "queries/*.py", "shared_queries.py"),
        *("invariants.py", "stored_objects.py"),
    )
    for path in DOMAINS.rglob(pattern)
)
_INFRA = [
    SRC / "infra" / name
    for name in (
        "storage/stored_objects.py",
        "jobs/leases.py",
        "jobs/queue.py",
        "jobs/outbox.py",
        "postgres/revisions.py",
        "postgres/search_index.py",
    )
]

# What belongs to no domain: news, events, jobs, and the list of migrations.
_TABLES_OF_THE_HOUSE = {
    "jobs",
    "migrations",
    "outbox",
    "revisions",
    "schedules",
    "search_words",
}


def _find_all() -> list[Statement]:
    files = [*_QUERIES, *_INFRA]
    return [statement for path in files for statement in find_statements(read_source(path))]


async def test_every_statement_fits_the_schema(services: Services):
    literal = [each for each in _find_all() if not (each.is_composed or each.is_part)]
    assert len(literal) > 20
    async with borrowed(services) as raw:
        ensure_none([error for one in literal if (error := await _prepare(raw, one))])


@pytest.mark.parametrize(
    "sql",
    [
        "select id, nmae from users",
        "select id from userz",
        "insert into track_likes (track_id) values ($1, $2)",
    ],
)
async def test_a_misspelt_statement_is_found(services: Services, sql: str):
    async with borrowed(services) as raw:
        assert await _prepare(raw, Statement("here", sql))


def test_a_domain_writes_only_its_own_tables():
    ensure_none(
        f"{statement.place} writes {table}, which {domain} doesn't own"
        for domain, folder in find_domains().items()
        for path in _QUERIES
        if path.is_relative_to(folder)
        for statement in find_statements(read_source(path))
        for table in find_written_tables(statement.flat) - owned_tables(domain)
    )


async def test_every_table_has_one_owner(services: Services):
    owned = [table for domain in list_domains() for table in owned_tables(domain)]
    async with borrowed(services) as raw:
        rows = await raw.fetch("select tablename from pg_tables where schemaname = 'public'")
    assert sorted([*owned, *_TABLES_OF_THE_HOUSE]) == sorted(row["tablename"] for row in rows)


def test_domains_speak_sql_only_in_their_queries():
    shapes = r"\bselect\s.+\sfrom\s|\binsert into\s|\bupdate \w+ (\w+ )?set\s|\bdelete from\s"
    ensure_none(
        statement.place
        for source in read_sources()
        if source.name.startswith(("veza/domains/", "veza/http/"))
        and SRC.parent / source.name not in _QUERIES
        for statement in find_statements(source)
        if re.search(shapes, statement.flat)
    )


async def test_no_statement_locks_a_row_that_it_updates(services: Services):
    # Two of them that wait for a row which a foreign key points to can deadlock: see decision 0009.
    statements = [*_find_literals(), *_join_parts()]
    updated = {
        table for statement in statements for table in find_written_tables(statement.flat, "update")
    }
    async with borrowed(services) as raw:
        rows = await raw.fetch("select confrelid::regclass::text from pg_constraint")
    shared = updated & {row["confrelid"] for row in rows}
    assert {"conversations", "posts", "products", "tracks"} <= shared
    ensure_none(
        f"{statement.place} locks rows of {table} and then changes them"
        for statement in statements
        for table in _find_relocked(statement) & shared
    )


def test_a_statement_that_locks_and_updates_a_row_is_found():
    locks = "with a as (select t.id from tracks t join users u on true for no key update of t) "
    updates = "update tracks t set likes_count = 1 from a where t.id = a.id"
    assert _find_relocked(Statement("here", locks + updates)) == {"tracks"}
    skips = locks.replace("of t", "of t skip locked")
    of_another = locks.replace("of t", "of u")
    for harmless in (skips + updates, of_another + updates, updates):
        assert not _find_relocked(Statement("here", harmless))


def test_keywords_are_written_small():
    ensure_none(
        f"{statement.place} {shouted.group()}"
        for statement in _find_all()
        for shouted in re.finditer(r"\b[A-Z]{2,}\b", statement.flat)
    )


def test_columns_are_named_one_by_one():
    ensure_none(
        f"{statement.place} {star}" for statement in _find_all() for star in _find_stars(statement)
    )


def test_optional_filters_are_composed():
    # PostgreSQL would plan for all cases from the sixth call on.
    ensure_none(
        statement.place
        for statement in _find_all()
        if re.search(r"(\$\d+|\{\})(::\w+)? is null or\b", statement.flat)
    )


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("insert into a (x) values (1) on conflict (x) do update set x = 2", {"a"}),
        ("select x from a for update", set()),
        ("select x from a for no key update of a", set()),
        ("with b as (delete from b returning x) update a set x = 1 from b", {"a", "b"}),
        ("delete from a where x = ''", {"a"}),
    ],
)
def test_written_tables_are_recognised(sql: str, tables: set[str]):
    assert find_written_tables(sql) == tables


def _find_literals() -> list[Statement]:
    return [statement for statement in _find_all() if not statement.is_part]


def _join_parts() -> list[Statement]:
    """Join the parts of a module, which may be parts of one statement."""
    parts: dict[str, list[str]] = {}
    for statement in _find_all():
        if statement.is_part:
            parts.setdefault(statement.place.partition(":")[0], []).append(f"({statement.text})")
    return [Statement(place, " ".join(texts)) for place, texts in parts.items()]


def _find_relocked(statement: Statement) -> set[str]:
    changed = find_written_tables(statement.flat, "update", "delete")
    return find_locked_tables(statement.flat) & changed


def _find_stars(statement: Statement) -> list[str]:
    """Find `*` and `table.*`; what the same statement names in a `with` may be taken whole."""
    named_here = set(re.findall(r"(?:with|,) (\w+) as \(", statement.flat))
    stars = re.findall(r"(?:select|returning|,) (?:distinct )?((?:\w+\.)?\*)", statement.flat)
    return [star for star in stars if star.removesuffix(".*") not in named_here]


async def _prepare(raw: asyncpg.Connection, statement: Statement) -> str | None:
    try:
        await raw.prepare(numbered(statement.text))
    except asyncpg.PostgresError as error:
        return f"{statement.place} {error}"
    return None
