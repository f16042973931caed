"""Makes relationships for tests, by the use cases of the application."""

from tests.make.people import Person
from veza.app.services import Services
from veza.domains.relationships import service as relations


async def follows(services: Services, follower: Person, *followed: Person) -> None:
    """Have somebody follow others, committed."""
    async with services.database.transaction() as tx:
        for each in followed:
            await relations.follow(tx, follower.member, each.id)


async def blocks(services: Services, blocker: Person, *blocked: Person) -> None:
    """Have somebody block others, committed."""
    async with services.database.transaction() as tx:
        for each in blocked:
            await relations.block(tx, blocker.member, each.id)


async def mutes(services: Services, muter: Person, *muted: Person) -> None:
    """Have somebody mute others, committed."""
    async with services.database.transaction() as tx:
        for each in muted:
            await relations.mute(tx, muter.member, each.id)
