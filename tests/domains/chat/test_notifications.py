"""Notifications come over the socket, once, to all devices of their member and to nobody else."""

from tests import make
from tests.domains.chat.talking import Reader, talking
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import UserId
from veza.domains.notifications.jobs import tell_of_follower
from veza.domains.relations.events import UserFollowed


async def _follow(services: Services, follower: make.Person, followed: UserId) -> None:
    async with services.database.transaction() as tx:
        await tell_of_follower(tx, UserFollowed(follower.id, followed))


async def test_what_a_member_is_told_comes_at_once_to_all_their_devices(
    served: Services, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    async with talking(served, address, ann, ann, cas) as (phone, laptop, other):
        await _follow(served, ben, ann.id)

        for talker in (phone, laptop):
            told = await talker.hear("notification", kind="follow")
            assert [actor["username"] for actor in told["actors"]] == [ben.username]
        await other.flush()
        assert other.all("notification") == []


async def test_what_is_joined_to_one_comes_again_and_old_news_does_not(
    served: Services, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    async with talking(served, address, ann) as (talker,):
        await _follow(served, ben, ann.id)
        await talker.hear("notification", actors_count=1)
        await _follow(served, cas, ann.id)
        await talker.hear("notification", actors_count=2)
        await talker.flush()

        first, second = talker.all("notification")
        assert first["id"] == second["id"]


async def test_news_that_is_heard_twice_is_brought_once(services: Services) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    reader = Reader(ann)
    assert services.hub.admit(reader.seat)
    await _follow(services, ben, ann.id)
    await until(lambda: bool(reader.heard))
    (told,) = reader.heard
    subject = f"{ann.id}:{told['data']['id']}"

    await services.hub.bring_notifications([subject, f"{ben.id}:{told['data']['id']}"])

    assert reader.heard == [told]
    services.hub.dismiss(reader.seat)
