"""Translates the exceptions of the driver."""

import asyncpg

from veza.core.errors import Invalid, OutOfSpace, VezaError
from veza.infra.postgres.availability import (
    DatabaseUnavailable,
    StatementTimedOut,
    TransactionConflict,
)
from veza.infra.postgres.pool import GONE


class UnstorableText(Invalid):
    """A text has the character U+0000, which PostgreSQL cannot store."""

    code = "unstorable_text"
    message = "Text may not hold the character U+0000."


class UnstorableValue(Invalid):
    """A number is out of range for its column, or a text is not valid Unicode."""

    code = "unstorable_value"
    message = "A number is too large, or a text is not valid Unicode."


class ConstraintViolation(Exception):
    """A write violated the constraint of this name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


# Raised by the driver when it encodes an argument.
_UNWRITABLE = (OverflowError, UnicodeEncodeError)

# The exceptions of the driver and what they become: the first pair that fits counts.
_TRANSLATIONS: list[tuple[tuple[type[BaseException], ...], type[VezaError]]] = [
    (
        (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError),
        UnstorableText,
    ),
    ((asyncpg.DiskFullError,), OutOfSpace),
    ((asyncpg.QueryCanceledError,), StatementTimedOut),
    # Deadlocks and serialization failures, and locks that are not free within `lock_timeout`.
    (
        (asyncpg.exceptions.TransactionRollbackError, asyncpg.LockNotAvailableError),
        TransactionConflict,
    ),
    (GONE, DatabaseUnavailable),
]


class _DriverErrors:
    """A context manager that translates the driver's exceptions."""

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        if isinstance(error, asyncpg.IntegrityConstraintViolationError):
            raise ConstraintViolation(_name_constraint(error)) from error
        if isinstance(error, asyncpg.DataError) and isinstance(error.__cause__, _UNWRITABLE):
            raise UnstorableValue from error
        for kinds, translated in _TRANSLATIONS:
            if isinstance(error, kinds):
                raise translated from error


driver_errors = _DriverErrors()


def _name_constraint(error: asyncpg.IntegrityConstraintViolationError) -> str:
    # `not null` has no name, but a column.
    return error.constraint_name or f"{error.table_name}.{error.column_name}"
