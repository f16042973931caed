"""Members to follow, and the stored counts compared with the rows."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import UserId

# What the counts of some members say, and what the rows say without those who are suspended.
_COUNTS = """
    select array[
               c.followers_count,
               c.following_count,
               (select count(*) from follows f join users u on u.id = f.follower_id
                 where f.followed_id = c.user_id and u.suspended_at is null),
               (select count(*) from follows f join users u on u.id = f.followed_id
                 where f.follower_id = c.user_id and u.suspended_at is null)]
      from follow_counts c
     where c.user_id = any($1)
"""

type EnsureExact = Callable[..., Awaitable[int]]


@pytest.fixture
async def cleo(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def ensure_exact(services: Services) -> EnsureExact:
    """Hold counts against rows; give how many follows there are."""

    async def ensure(*people: Person) -> int:
        ids: list[UserId] = [person.id for person in people]
        async with services.database.read() as conn:
            rows = await conn.column(list[int], _COUNTS, ids)
        assert all((a, b) == (c, d) for a, b, c, d in rows), rows
        return sum(row[0] for row in rows)

    return ensure
