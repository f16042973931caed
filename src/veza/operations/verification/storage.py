"""`veza storage verify`: compare the storage with the database, in both directions.

Also checks the counts of what members store. Works page by page and can run while the server runs:
a difference is checked again, in case the data has just changed.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta
from itertools import batched, groupby
from uuid import UUID

from msgspec import Struct

from veza.app.domains import OBJECT_SOURCES
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import LOWEST_ID
from veza.domains.platform.uploads import shared_queries as upload_queries
from veza.infra.postgres.database import Database
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import ListedObject, Storage
from veza.infra.storage.stored_objects import (
    ExpectedObject,
    ObjectSource,
    find_expected,
    find_pending,
    list_expected,
)

# Longer than an upload may lack a row: incomplete uploads are deleted after a day.
GRACE = timedelta(days=2)
_MAX_CONCURRENT = 16


class StorageProblem(Struct, frozen=True):
    """A difference between storage and database. `is_under_way` if a job will resolve it."""

    what: str
    key: str
    text: str
    is_under_way: bool = False


class StorageState(Struct, frozen=True):
    """The database and the storage to compare."""

    database: Database
    storage: Storage


async def verify(services: Services, *, is_deep: bool = False, lost: Collection[str] = ()) -> bool:
    """Print all problems. Return whether there are none. `is_deep` reads every file.

    That objects with the keys `lost` are missing is known, and no problem.
    """
    state = StorageState(services.database, services.storage)
    count = 0
    async for problem in find_problems(state, is_deep=is_deep):
        if any(_is_part(key, problem.key) for key in lost):
            continue
        count += not problem.is_under_way
        sys.stdout.write(f"{format_problem(problem)}\n")
    sys.stdout.write(
        f"The storage is NOT right: {count} problems.\n" if count else "The storage is right.\n"
    )
    return not count


async def find_problems(
    state: StorageState, *, is_deep: bool = False, grace: timedelta = GRACE
) -> AsyncIterator[StorageProblem]:
    """Yield what the storage lacks, wrong counts, and objects that the database doesn't name."""
    for source in OBJECT_SOURCES:
        async for problem in _find_missing(state, source, is_deep=is_deep):
            yield problem
    async for problem in find_wrong_counts(state.database):
        yield problem
    oldest = now() - grace
    async for batch in state.storage.walk():
        for problem in await _find_unnamed(
            state, [each for each in batch if each.modified < oldest]
        ):
            yield problem


async def find_wrong_counts(database: Database) -> AsyncIterator[StorageProblem]:
    """Yield the counts of members that differ from the sums of their rows."""
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            members = await upload_queries.list_members(conn, after)
            mismatches = await upload_queries.list_mismatches(conn, members)
        if not members:
            return
        for mismatch in mismatches:
            text = (
                f"{mismatch.counted_bytes} bytes in {mismatch.counted_objects} objects are "
                f"counted, {mismatch.bytes} bytes in {mismatch.objects} objects exist"
            )
            yield StorageProblem("Wrong count", f"{mismatch.kind} of {mismatch.user_id}", text)
        after = members[-1]


def format_problem(problem: StorageProblem) -> str:
    """Return the line to print for a problem."""
    what = "Under way" if problem.is_under_way else problem.what
    return f"{what}: {problem.key}: {problem.text}."


def compare(
    expected: Sequence[ExpectedObject], found: Sequence[ListedObject]
) -> list[StorageProblem]:
    """Return the expected objects that are missing or have the wrong size."""
    problems: list[StorageProblem] = []
    for item in expected:
        sizes = [each.size for each in found if _is_part(each.key, item.key)]
        if not sizes:
            if item.is_needed:
                problems.append(StorageProblem("Missing", item.key, "a row names it"))
        elif item.size_bytes not in {None, sum(sizes)}:
            text = f"it has {sum(sizes)} bytes, and should have {item.size_bytes}"
            problems.append(StorageProblem("Wrong size", item.key, text))
    return problems


def find_strays(
    expected: Sequence[ExpectedObject], found: Sequence[ListedObject]
) -> list[ListedObject]:
    """Return the objects that no row names."""
    named = {each.key for each in expected}
    folders = tuple(key for key in named if key.endswith("/"))
    return [each for each in found if each.key not in named and not each.key.startswith(folders)]


def find_source(key: str) -> ObjectSource | None:
    """Return the source whose objects have this prefix."""
    return next((source for source in OBJECT_SOURCES if key.startswith(source.prefix)), None)


def read_id(key: str, source: ObjectSource) -> UUID | None:
    """Return the id in an object's key; None if the key has none."""
    parts = key.split("/")
    return _read(parts[source.place]) if len(parts) > source.place else None


def read_ids(key: str) -> set[UUID]:
    """Return all ids in a key."""
    return {part_id for part in key.split("/") if (part_id := _read(part)) is not None}


async def _find_missing(
    state: StorageState, source: ObjectSource, *, is_deep: bool
) -> AsyncIterator[StorageProblem]:
    after = LOWEST_ID
    while True:
        async with state.database.read() as conn:
            page = await list_expected(conn, source, after)
        if not page:
            return
        groups = [list(group) for _, group in groupby(page, lambda item: item.id)]
        for batch in batched(groups, _MAX_CONCURRENT):
            checks = (_check(state, source, group, is_deep=is_deep) for group in batch)
            for problems in await asyncio.gather(*checks):
                for problem in problems:
                    yield problem
        after = page[-1].id


async def _check(
    state: StorageState, source: ObjectSource, expected: Sequence[ExpectedObject], *, is_deep: bool
) -> list[StorageProblem]:
    """Compare the objects of an id. If they differ, compare again with the current rows."""
    problems = await _compare(state.storage, source, expected, is_deep=is_deep)
    if not problems:
        return []
    async with state.database.read() as conn:
        expected = await find_expected(conn, source, [expected[0].id])
    return await _compare(state.storage, source, expected, is_deep=is_deep)


async def _compare(
    storage: Storage, source: ObjectSource, expected: Sequence[ExpectedObject], *, is_deep: bool
) -> list[StorageProblem]:
    if not expected:
        return []
    folder = "/".join(expected[0].key.split("/")[: source.place + 1])
    found = await storage.list_found(folder)
    problems = compare(expected, found)
    if not is_deep:
        return problems
    wrong = {problem.key for problem in problems}
    existing = {each.key for each in found}
    for item in expected:
        if item.sha256 is None or item.key in wrong or item.key not in existing:
            continue
        if await _hash(storage, item.key) != item.sha256:
            text = f"its SHA-256 should be {item.sha256}"
            problems.append(StorageProblem("Changed", item.key, text))
    return problems


async def _hash(storage: Storage, key: str) -> str | None:
    digest = hashlib.sha256()
    try:
        async for chunk in storage.read(key):
            digest.update(chunk)
    except ObjectMissing:
        return None
    return digest.hexdigest()


async def _find_unnamed(state: StorageState, found: Sequence[ListedObject]) -> list[StorageProblem]:
    """Return the objects that no row names. A job may be about to delete some of them."""
    strays = [each for each in found if find_source(each.key) is None]
    async with state.database.read() as conn:
        for source in OBJECT_SOURCES:
            own = [each for each in found if each.key.startswith(source.prefix)]
            ids = {own_id for each in own if (own_id := read_id(each.key, source)) is not None}
            if own:
                strays += find_strays(await find_expected(conn, source, list(ids)), own)
        # A job may name a parent: a product, to delete all its files.
        ids = {each_id for stray in strays for each_id in read_ids(stray.key)}
        pending = await find_pending(conn, list(ids))
    return [
        _describe_stray(stray, is_under_way=not pending.isdisjoint(read_ids(stray.key)))
        for stray in strays
    ]


def _describe_stray(found: ListedObject, *, is_under_way: bool) -> StorageProblem:
    since = f"{found.modified:%Y-%m-%d %H:%M} UTC"
    text = f"no row names its {found.size} bytes, which are there since {since}"
    return StorageProblem("Unnamed", found.key, text, is_under_way)


def _is_part(key: str, whole: str) -> bool:
    return key == whole or (whole.endswith("/") and key.startswith(whole))


def _read(part: str) -> UUID | None:
    try:
        return UUID(part)
    except ValueError:
        return None
