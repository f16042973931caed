"""`veza storage verify`: proves that the storage holds what the database names, and nothing else.

What is counted of each member is held against what they have, too. It goes both ways, a page at a
time, and may be asked while the server runs: what changed just then is looked at once more.
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import batched, groupby
from uuid import UUID

from msgspec import Struct

from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import LOWEST_ID
from veza.domains.cloud.blobs import stored_objects as blobs
from veza.domains.gear import stored_objects as gear
from veza.domains.images import stored_objects as images
from veza.domains.marketplace.invoices import stored_objects as invoices
from veza.domains.marketplace.products import stored_objects as products
from veza.domains.music.audio import stored_objects as audio
from veza.domains.platform.uploads import service as uploads
from veza.domains.privacy import stored_objects as privacy
from veza.infra.postgres.database import Database
from veza.infra.storage.objects import ListedObject, ObjectMissing, Storage
from veza.infra.storage.stored_objects import (
    ExpectedObject,
    ObjectSource,
    find_expected,
    find_pending,
    list_expected,
)

# Each domain that keeps objects says which.
OBJECT_SOURCES = (
    audio.HOLDING,
    blobs.HOLDING,
    gear.HOLDING,
    images.HOLDING,
    invoices.HOLDING,
    privacy.HOLDING,
    products.HOLDING,
)

# What comes in is named once it is whole, and swept after a day where it never is.
GRACE = timedelta(days=2)
_AT_ONCE = 16


class StorageProblem(Struct, frozen=True):
    """Something that isn't as it should be; `is_under_way` where it waits for a job."""

    what: str
    key: str
    words: str
    is_under_way: bool = False


class StorageState(Struct, frozen=True):
    """What is compared."""

    database: Database
    storage: Storage


async def verify(services: Services, *, is_deep: bool = False) -> bool:
    """Print all that isn't as it should be; tell whether all is. `is_deep` reads every byte."""
    stock = StorageState(services.database, services.storage)
    count = 0
    async for finding in find_problems(stock, is_deep=is_deep):
        count += not finding.is_under_way
        sys.stdout.write(f"{format_problem(finding)}\n")
    sys.stdout.write(
        f"The storage is NOT right: {count} findings.\n" if count else "The storage is right.\n"
    )
    return not count


async def find_problems(
    stock: StorageState, *, is_deep: bool = False, grace: timedelta = GRACE
) -> AsyncIterator[StorageProblem]:
    """Go through the database, then through the storage, and give what the other one lacks."""
    for holding in OBJECT_SOURCES:
        async for finding in _find_missing(stock, holding, is_deep=is_deep):
            yield finding
    async for finding in find_wrong_counts(stock.database):
        yield finding
    oldest = now() - grace
    async for batch in stock.storage.walk():
        for finding in await _find_unnamed(stock, [one for one in batch if one.modified < oldest]):
            yield finding


async def find_wrong_counts(database: Database) -> AsyncIterator[StorageProblem]:
    """Give the counts of what members keep that aren't the sums of their rows."""
    after = LOWEST_ID
    while True:
        async with database.read() as conn:
            members = await uploads.list_members(conn, after)
            mismatches = await uploads.list_mismatches(conn, members)
        if not members:
            return
        for one in mismatches:
            words = (
                f"{one.counted_bytes} bytes in {one.counted_objects} are counted, and "
                f"{one.bytes} bytes in {one.objects} are there"
            )
            yield StorageProblem("Wrong count", f"{one.kind} of {one.user_id}", words)
        after = members[-1]


def format_problem(finding: StorageProblem) -> str:
    """Write a finding as a line."""
    what = "Under way" if finding.is_under_way else finding.what
    return f"{what}: {finding.key}: {finding.words}."


def compare(held: Sequence[ExpectedObject], found: Sequence[ListedObject]) -> list[StorageProblem]:
    """Tell what is missing of that which rows name, and what has another size."""
    findings: list[StorageProblem] = []
    for one in held:
        sizes = [each.size for each in found if _is_part(each.key, one)]
        if not sizes:
            if one.is_needed:
                findings.append(StorageProblem("Missing", one.key, "a row names it"))
        elif one.size_bytes not in {None, sum(sizes)}:
            words = f"it has {sum(sizes)} bytes, and should have {one.size_bytes}"
            findings.append(StorageProblem("Wrong size", one.key, words))
    return findings


def find_strays(
    held: Sequence[ExpectedObject], found: Sequence[ListedObject]
) -> list[ListedObject]:
    """Give the objects that no row names."""
    named = {one.key for one in held}
    folders = tuple(key for key in named if key.endswith("/"))
    return [one for one in found if one.key not in named and not one.key.startswith(folders)]


def find_holding(key: str) -> ObjectSource | None:
    """Tell which domain keeps an object."""
    return next((holding for holding in OBJECT_SOURCES if key.startswith(holding.prefix)), None)


def read_id(key: str, holding: ObjectSource) -> UUID | None:
    """Tell to what an object belongs; None where its key isn't one of ours."""
    parts = key.split("/")
    return _read(parts[holding.place]) if len(parts) > holding.place else None


def read_ids(key: str) -> set[UUID]:
    """Give all ids of a key."""
    return {part_id for part in key.split("/") if (part_id := _read(part)) is not None}


async def _find_missing(
    stock: StorageState, holding: ObjectSource, *, is_deep: bool
) -> AsyncIterator[StorageProblem]:
    after = LOWEST_ID
    while True:
        async with stock.database.read() as conn:
            page = await list_expected(conn, holding, after)
        if not page:
            return
        groups = [list(group) for _, group in groupby(page, lambda one: one.id)]
        for some in batched(groups, _AT_ONCE):
            looks = (_look(stock, holding, group, is_deep=is_deep) for group in some)
            for findings in await asyncio.gather(*looks):
                for finding in findings:
                    yield finding
        after = page[-1].id


async def _look(
    stock: StorageState, holding: ObjectSource, held: Sequence[ExpectedObject], *, is_deep: bool
) -> list[StorageProblem]:
    """Compare what belongs to an id; what isn't right, once more with what the rows say by now."""
    findings = await _compare(stock.storage, holding, held, is_deep=is_deep)
    if not findings:
        return []
    async with stock.database.read() as conn:
        held = await find_expected(conn, holding, [held[0].id])
    return await _compare(stock.storage, holding, held, is_deep=is_deep)


async def _compare(
    storage: Storage, holding: ObjectSource, held: Sequence[ExpectedObject], *, is_deep: bool
) -> list[StorageProblem]:
    if not held:
        return []
    folder = "/".join(held[0].key.split("/")[: holding.place + 1])
    found = await storage.list_found(folder)
    findings = compare(held, found)
    if not is_deep:
        return findings
    wrong, there = {one.key for one in findings}, {one.key for one in found}
    for one in held:
        if one.sha256 is None or one.key in wrong or one.key not in there:
            continue
        if await _hash(storage, one.key) != one.sha256:
            findings.append(
                StorageProblem("Changed", one.key, f"its SHA-256 should be {one.sha256}")
            )
    return findings


async def _hash(storage: Storage, key: str) -> str | None:
    digest = hashlib.sha256()
    try:
        async for chunk in storage.read(key):
            digest.update(chunk)
    except ObjectMissing:
        return None
    return digest.hexdigest()


async def _find_unnamed(stock: StorageState, found: Sequence[ListedObject]) -> list[StorageProblem]:
    """Give the objects that no row names; one whose row went just now may wait for a job."""
    strays = [one for one in found if find_holding(one.key) is None]
    async with stock.database.read() as conn:
        for holding in OBJECT_SOURCES:
            own = [one for one in found if one.key.startswith(holding.prefix)]
            ids = {one_id for one in own if (one_id := read_id(one.key, holding)) is not None}
            if own:
                strays += find_strays(await find_expected(conn, holding, list(ids)), own)
        # A job may name what lies above: the whole product, of one of its files.
        ids = {each for one in strays for each in read_ids(one.key)}
        awaited = await find_pending(conn, list(ids))
    return [
        _write_stray(one, is_under_way=not awaited.isdisjoint(read_ids(one.key))) for one in strays
    ]


def _write_stray(found: ListedObject, *, is_under_way: bool) -> StorageProblem:
    since = f"{found.modified:%Y-%m-%d %H:%M} UTC"
    words = f"no row names its {found.size} bytes, which are there since {since}"
    return StorageProblem("Unnamed", found.key, words, is_under_way)


def _is_part(key: str, held: ExpectedObject) -> bool:
    return key == held.key or (held.key.endswith("/") and key.startswith(held.key))


def _read(part: str) -> UUID | None:
    try:
        return UUID(part)
    except ValueError:
        return None
