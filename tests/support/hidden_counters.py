"""Counters that leave out what suspended members did, as the shared suite sees them.

`tests/domains/test_hidden_counters.py` runs the suite. Each domain implements `HiddenCounter` in
its `hidden_steps.py`.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

import httpx

from tests.make import Person
from veza.app.services import Services
from veza.infra.postgres.database import Conn, Tx


class HiddenCounter:
    """A number shown at a thing: so many likes or comments of members who are not suspended."""

    # How many of them a member can leave at one thing, of the two that a test wants.
    per_member: ClassVar[int]
    # Whether nobody but the member can undo it.
    is_own: ClassVar[bool]
    # What the counts of `make_many` are while the member is suspended, and when they are not.
    many: ClassVar[tuple[Any, Any]]
    # Errors of a change that others have made impossible.
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, services: Services, client: httpx.AsyncClient, owner: Person) -> None:
        self.services = services
        self.client = client
        self.owner = owner

    async def make_thing(self, tx: Tx) -> Any:
        """Make a thing of the owner; return its id."""
        raise NotImplementedError

    async def act(self, tx: Tx, thing: Any, person: Person) -> Any:
        """Have somebody do what is counted; return what `undo` needs."""
        raise NotImplementedError

    async def undo(self, tx: Tx, thing: Any, done: Any, person: Person) -> None:
        """Undo it, as the member or, where it is not theirs alone, as a moderator; one is left."""
        raise NotImplementedError

    async def count(self, thing: Any) -> int:
        """Return the number that is shown."""
        raise NotImplementedError

    async def make_many(self, tx: Tx, person: Person) -> None:
        """Have somebody do more than a batch holds, on things of the owner."""
        raise NotImplementedError

    async def count_many(self, conn: Conn, person: Person) -> Any:
        """Return the sum of the counts of these things."""
        raise NotImplementedError

    async def forget_many(self, tx: Tx) -> None:
        """Delete these things where they would be in lists of other tests."""

    async def change(self, tx: Tx, things: list[Any], person: Person, chance: Random) -> None:
        """Do or undo something at random."""
        raise NotImplementedError

    async def ensure_exact(self, conn: Conn, things: Sequence[Any], people: list[Person]) -> None:
        """Compare the stored counts with the rows."""
        raise NotImplementedError
