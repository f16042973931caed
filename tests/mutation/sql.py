"""Small changes of SQL that stands in Python: in the text of a literal, with its quotes."""

import re
from collections.abc import Iterator

from msgspec import Struct

_LOCK = re.compile(
    r"\s+for (no key update|update|key share|share)( of \w+(, \w+)*)?( nowait| skip locked)?\b"
)
_NULL = re.compile(r"\bis (not )?null\b")
# Nothing happens exactly now.
_BOUNDARY = re.compile(r"(?<=\s)(?<!now\(\)\s)([<>]=?)(?=\s(?!now\(\)))")
_LIMIT = re.compile(r"\s+limit (\{[^}]*\}|\$\d+|:\w+|\d+)")
_NOT = re.compile(r"(?<!is )(?<!do )\bnot (?!null|in\b|i?like|materialized)")
_CONDITION = re.compile(r"(?<![\w.])(?P<word>and|or|where) ")
_BETWEEN = re.compile(r"\bbetween\s+\S+\s*$")

# What ends a condition outside of parentheses.
_NEXT = re.compile(
    r"\s+(and|or|order by|group by|having|limit|offset|returning|union|except|then|else|end|when"
    r"|on conflict|from|join|left join|cross join|where|do|set|for (no key )?(update|share)"
    r"|for key share|as)\b"
)
_OTHER_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


class SqlChange(Struct, frozen=True):
    """The characters from `start` to `end` become `after`."""

    operator: str
    start: int
    end: int
    after: str


def find_changes(literal: str) -> Iterator[SqlChange]:
    """Return the changes of a string; none if it is no SQL."""
    for found in _LOCK.finditer(literal):
        yield SqlChange("lock", *found.span(), "")
    for found in _NULL.finditer(literal):
        after = "is null" if found[1] else "is not null"
        yield SqlChange("null", *found.span(), after)
    for found in _BOUNDARY.finditer(literal):
        yield SqlChange("SQL boundary", *found.span(), _OTHER_BOUNDARY[found[1]])
    for found in _LIMIT.finditer(literal):
        yield SqlChange("limit", *found.span(), "")
    for found in _NOT.finditer(literal):
        yield SqlChange("SQL not", *found.span(), "")
    yield from _drop_conditions(literal)


def _drop_conditions(literal: str) -> Iterator[SqlChange]:
    for found in _CONDITION.finditer(literal):
        end = _find_end(literal, found.end())
        is_empty = not literal[found.end() : end].strip()
        if is_empty or _BETWEEN.search(literal[: found.start()]):
            continue
        if found["word"] == "where":
            yield SqlChange("SQL condition", found.end(), end, "true")
        else:
            start = len(literal[: found.start()].rstrip())
            yield SqlChange("SQL condition", start, end, "")


def _find_end(literal: str, start: int) -> int:
    """Return where the condition ends that begins at `start`."""
    depth, place = 0, start
    while place < len(literal):
        sign = literal[place]
        if sign == "{":
            place = literal.index("}", place)
        elif sign == "'" and "'" in literal[place + 1 :]:
            place = literal.index("'", place + 1)
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif sign in '")' or (depth == 0 and _is_over(literal, place)):
            break
        place += 1
    return len(literal[:place].rstrip())


def _is_over(literal: str, place: int) -> bool:
    if literal[place] == ",":
        return True
    following = _NEXT.match(literal, place)
    if following is None:
        return False
    return following[1] != "and" or not _BETWEEN.search(literal[:place])
