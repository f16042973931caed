"""Fixtures: a creator, tags that no other test uses, and their counts."""

from collections.abc import Awaitable, Callable

import msgspec
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id

type Counted = Callable[[str], Awaitable[dict[str, int]]]


@pytest.fixture
async def creator(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def reader(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def root() -> str:
    """A prefix of tags that no other test uses."""
    return "q" + new_id().hex[-10:].translate(str.maketrans("0123456789", "ghijklmnop"))


@pytest.fixture
def counted(services: Services) -> Counted:
    """Return the use counts of tags and spellings with a prefix."""

    async def look(root: str) -> dict[str, int]:
        sql = """
            select json_object_agg(name, uses_count)::text
              from (select 'tag ' || key as name, uses_count from tags where starts_with(key, $1)
                     union all
                    select spelling, uses_count from tag_spellings where starts_with(key, $1)) c
        """
        async with services.database.read() as conn:
            found = await conn.value(str, sql, root)
        return msgspec.json.decode(found or "{}")

    return look
