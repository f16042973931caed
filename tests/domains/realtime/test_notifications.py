"""Notifications come over the socket, once, to all devices of their member and to nobody else."""

import httpx

from tests import make
from tests.domains.realtime.talking import Reader, talking
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.access import session_of
from veza.core.ids import UserId
from veza.domains.auth.sessions import service as sessions
from veza.domains.notifications.inbox.jobs import tell_of_export, tell_of_follower
from veza.domains.privacy.events import ExportReady
from veza.domains.relationships.events import UserFollowed
from veza.infra.postgres import database as db


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


async def test_the_url_of_an_export_is_one_by_which_its_reader_comes(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    export_id = await make.export(served, ann)
    async with talking(served, address, ann) as (talker,):
        async with served.database.transaction() as tx:
            await tell_of_export(tx, ExportReady(export_id, ann.id))
        told = await talker.hear("notification", kind="export_ready")

    url = httpx.URL(told["export"]["url"])
    assert url.netloc.decode() in address
    assert url.path == f"/api/v1/users/me/export/{export_id}/download"


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
    ann, ben, cas = [await make.person(services) for _ in range(3)]
    reader = Reader(ann)
    assert services.hub.admit(reader.seat)
    await _follow(services, ben, ann.id)
    await until(lambda: bool(reader.heard))
    (told,) = reader.heard
    subject = f"{ann.id}:{told['data']['id']}:{told['data']['told_at']}"
    older = f"{ann.id}:{told['data']['id']}:2026-01-01T00:00:00+00:00"

    # As it is now it was brought already, whenever the news of it was told.
    for _ in range(2):
        await services.hub.courier.want([subject, older, subject.replace(str(ann.id), str(ben.id))])
    await _follow(services, cas, ann.id)
    await until(lambda: len(reader.heard) > 1)

    assert [frame["data"]["actors_count"] for frame in reader.heard] == [1, 2]
    services.hub.dismiss(reader.seat)


async def test_what_can_not_be_read_keeps_no_ended_session_in_and_is_brought_later(
    services: Services,
) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    reader = Reader(ann)
    assert services.hub.admit(reader.seat)
    async with db.connect("postgresql://nobody@/none?host=/no") as gone:
        services.hub.courier.database = gone
        try:
            await _follow(services, ben, ann.id)
            # The notification is news by now, and so it is heard of together with this.
            async with services.database.transaction() as tx:
                await sessions.end_sessions(tx, ben.id)
            assert session_of(ben.member) in services.session_tokens.ended
            assert reader.heard == []
        finally:
            services.hub.courier.database = services.database

    await until(lambda: [frame["type"] for frame in reader.heard] == ["notification"])
    services.hub.dismiss(reader.seat)


async def test_a_crash_while_reading_loses_what_was_read_and_no_more(services: Services) -> None:
    ann, ben, cas = [await make.person(services) for _ in range(3)]
    reader = Reader(ann)
    assert services.hub.admit(reader.seat)
    services.hub.courier.database = None  # pyright: ignore
    try:
        await _follow(services, ben, ann.id)
        await until(lambda: not services.hub.courier._wanted)
    finally:
        services.hub.courier.database = services.database

    await _follow(services, cas, ann.id)
    await until(lambda: [frame["data"]["actors_count"] for frame in reader.heard] == [2])
    services.hub.dismiss(reader.seat)
