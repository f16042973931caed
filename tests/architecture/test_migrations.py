"""Migrations since the last release only expand the schema: the released version runs on it too.

What is found is what its statements could fail on: something that is gone, has another name or
type, or must be given. A migration that contracts says since when no code uses what it removes.
"""

import re

from tests.architecture.source import ensure_none
from veza.infra.postgres.migrate import read_migrations

# The newest migration of the last release: docs/releasing.md.
LAST_RELEASED = "0019_create_search_and_statistics"

_CONTRACTS = re.compile(r"^-- Contracts: since \d+\.\d+\.\d+ .+", re.MULTILINE)
_ALTER = re.compile(r"alter table (?:if exists )?(?:only )?(\w+) (.*)")
_REMOVED = re.compile(
    r"\bdrop (table|view|materialized view|function|type|domain|sequence|schema)\b"
    # Statements name the columns of a unique index in `on conflict`.
    r"|\bdrop (index|constraint) (concurrently )?(if exists )?\w*_p?key\b"
    r"|^alter (?!table\b).* rename\b"
)
_CHANGED = re.compile(
    r"^rename\b"
    r"|^drop (?!constraint |expression\b)"
    r"|^alter (column )?\w+ (set not null|(set data )?type|drop default)\b"
)
_ADDED = re.compile(r"^add (?!constraint |check |unique |primary |foreign |exclude )")


def find_contractions(sql: str) -> list[str]:
    """Return the parts of a migration that the version before it may not run with."""
    bare = re.sub(r"--[^\n]*|\$(\w*)\$.*?\$\1\$|'[^']*'", "", sql, flags=re.DOTALL)
    statements = [" ".join(each.lower().split()) for each in bare.split(";")]
    created = {
        name for each in statements for name in re.findall(r"^create (?:\w+ )?table (\w+)", each)
    }
    found = [each for each in statements if _REMOVED.search(each)]
    for each in statements:
        altered = _ALTER.match(each)
        if altered is not None and altered[1] not in created:
            found += [clause for clause in _split(altered[2]) if _contracts(clause)]
    return found


def _split(clauses: str) -> list[str]:
    """Split at the commas that are in no parentheses."""
    parts, depth = [""], 0
    for character in clauses:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _contracts(clause: str) -> bool:
    is_required = _ADDED.match(clause) and re.search(r"(?<!is )not null\b|\bprimary key\b", clause)
    has_value = re.search(r"\bdefault\b|\bgenerated\b|\bserial\b|\bbigserial\b", clause)
    return bool(_CHANGED.match(clause) or (is_required and not has_value))


def test_migrations_since_the_last_release_expand_or_say_that_they_contract():
    migrations = read_migrations()
    assert LAST_RELEASED in [name for name, _ in migrations]
    ensure_none(
        f"{name}: {part[:100]}\nKeep it for one more minor release, or begin the file with "
        "`-- Contracts: since 1.2.0 no code …`."
        for name, sql in migrations
        if name > LAST_RELEASED and not _CONTRACTS.search(sql)
        for part in find_contractions(sql)
    )


def test_what_contracts_is_found():
    for sql in (
        "drop table shelves",
        "drop index shelves_name_key",
        "alter table shelves add unique (name), drop constraint shelves_pkey",
        "alter table shelves drop column name",
        "alter table shelves drop name",
        "alter table shelves rename name to title",
        "alter table shelves rename to racks",
        "alter index a rename to b",
        "alter table shelves alter column name set not null",
        "alter table shelves alter name drop default",
        "alter table shelves alter column name type bigint using (name::bigint)",
        "alter table shelves add column depth numeric(3, 1) not null",
        "create table racks (id uuid);\nALTER TABLE shelves\n  ADD depth integer NOT NULL;",
    ):
        assert find_contractions(sql), sql
    for sql in (
        "create table racks (id uuid not null); alter table racks add column name text not null",
        "alter table shelves add column depth numeric(3, 1) not null default 0.5, add x text",
        "alter table shelves drop constraint a_check, add constraint a_check check (a in ('b'))",
        "alter table shelves add column depth integer check (depth is not null or name = 'a')",
        "drop index shelves_name_idx -- drop table shelves",
        "create function f() returns trigger as $$ begin drop table shelves; end $$",
        "alter table shelves alter column name drop not null, alter column size set default 1",
        "update shelves set name = 'rename'; drop trigger a on shelves",
    ):
        assert not find_contractions(sql), sql
