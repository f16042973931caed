"""Changes of a single statement: the rows, the events and the audit record together.

A change in a transaction takes a round trip for each of begin, lock, insert, event, record and
commit, and holds its row locks all that time: the hottest rows admit one change after the other. As
one statement it takes a third of the time, and holds the locks for a fraction of that. So the most
frequent changes are written this way, if nothing unusual stands against them. Everything else, and
every refusal, takes the ordinary transaction: `Database.run_single` returns None and has changed
nothing.

A statement is composed of parts, `name as (sql)`, by the domains that own the tables. All parts see
the database as it was when the statement began, and not each other's changes: a part must read what
an earlier one wrote from its `returning`. Parameters that no column determines need a cast.

A part that updates a row is what locks it: a statement that locks a row first and then updates it
can deadlock with another one of its kind (see decision 0009). Its conditions on that row hold after
the wait for the lock. Those on other rows may have changed meanwhile: a later part locks or writes
these rows, and `undo_part` ends the statement if it found none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from veza.infra.postgres.parameters import bind
from veza.infra.tracing.spans import current_traceparent

# The part that has a row if the change can be recorded in the audit log. The first part of a change
# has to read from it.
RECORDER = "recorder"
# The part with the row that the statement returns. Without a row, no part may change anything.
CHANGED = "changed"


# The constraint that is violated by a statement that ends itself.
UNDONE = "outbox.name"


class Part(Struct, frozen=True):
    """A part of a statement; other parts read its rows by its name."""

    name: str
    sql: str


def undo_part(changed: str, *, unless: str) -> Part:
    """Return the part that ends the statement if one part has rows and another has none.

    The statement violates `UNDONE`, so that nothing is changed.
    """
    sql = f"""
        insert into outbox (name, payload)
             select null, '{{}}' from {changed} where not exists (select from {unless})
    """  # noqa: S608 - names of parts
    return Part(f"undone_{changed}", sql)


class SingleStatement(Struct, frozen=True):
    """The parts of a change, one of which is `CHANGED`, its parameters, and what it signals."""

    parts: Sequence[Part]
    values: Mapping[str, Any]
    signals: frozenset[str] = frozenset()


class StatementRecord(Struct, frozen=True):
    """The parts of a statement that write its audit record: `RECORDER`, and readers of `CHANGED`.

    `confirm` is called after the commit.
    """

    recorder: Part
    parts: Sequence[Part]
    values: Mapping[str, Any]
    confirm: Callable[[], None]


def _confirm_nothing() -> None: ...


# For changes that need no audit record.
NOT_RECORDED = StatementRecord(Part(RECORDER, "select true as is_ready"), (), {}, _confirm_nothing)


def bind_change(
    change: SingleStatement, record: StatementRecord, columns: Sequence[str]
) -> tuple[Any, ...]:
    """Return the statement with numbered placeholders, and its values.

    `:traceparent` in a part is the current span, or null.
    """
    sql = compose(change, record, columns)
    return bind(sql, change.values, record.values, traceparent=current_traceparent())


def compose(change: SingleStatement, record: StatementRecord, columns: Sequence[str]) -> str:
    """Return the statement with named parameters; it selects the columns of `CHANGED`."""
    parts = [record.recorder, *change.parts, *record.parts]
    listed = ", ".join(f"{part.name} as ({part.sql})" for part in parts)
    return f"with {listed} select {', '.join(columns)} from {CHANGED}"  # noqa: S608 - parts of the code
