"""Notifications are pushed once, to all connections of their member and to nobody else."""

import httpx

from tests import make
from tests.domains.realtime.chat_client import FakeClient, connected
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.access import session_of
from veza.core.ids import UserId
from veza.domains.auth.sessions import service as sessions
from veza.domains.notifications.inbox.jobs.account_notices import notify_of_export
from veza.domains.notifications.inbox.jobs.social_notices import notify_of_follower
from veza.domains.privacy.events import ExportReady
from veza.domains.relationships.events import UserFollowed
from veza.infra.postgres import database as db


async def _follow(services: Services, follower: make.Person, followed: UserId) -> None:
    async with services.database.transaction() as tx:
        await notify_of_follower(tx, UserFollowed(follower.id, followed))


async def test_notifications_are_pushed_to_all_connections_of_a_member(
    served: Services, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    async with connected(served, address, ann, ann, cas) as (phone, laptop, other):
        await _follow(served, ben, ann.id)

        for socket in (phone, laptop):
            told = await socket.receive("notification", kind="follow")
            assert [actor["username"] for actor in told["actors"]] == [ben.username]
        await other.flush()
        assert other.all("notification") == []


async def test_the_url_of_an_export_uses_the_base_url_of_the_client(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    export_id = await make.export(served, ann)
    async with connected(served, address, ann) as (socket,):
        async with served.database.transaction() as tx:
            await notify_of_export(tx, ExportReady(export_id, ann.id))
        told = await socket.receive("notification", kind="export_ready")

    url = httpx.URL(told["export"]["url"])
    assert url.netloc.decode() in address
    assert url.path == f"/api/v1/users/me/export/{export_id}/download"


async def test_a_changed_notification_is_pushed_again(served: Services, address: str) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    async with connected(served, address, ann) as (socket,):
        await _follow(served, ben, ann.id)
        await socket.receive("notification", actors_count=1)
        await _follow(served, cas, ann.id)
        await socket.receive("notification", actors_count=2)
        await socket.flush()

        first, second = socket.all("notification")
        assert first["id"] == second["id"]


async def test_a_notification_announced_twice_is_pushed_once(services: Services) -> None:
    ann, ben, cas = [await make.person(services) for _ in range(3)]
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    await _follow(services, ben, ann.id)
    await until(lambda: bool(reader.received))
    (told,) = reader.received
    subject = f"{ann.id}:{told['data']['id']}:{told['data']['told_at']}"
    older = f"{ann.id}:{told['data']['id']}:2026-01-01T00:00:00+00:00"

    # As it is now it was brought already, whenever the news of it was told.
    for _ in range(2):
        await services.hub.notification_push.on_notified(
            [subject, older, subject.replace(str(ann.id), str(ben.id))]
        )
    await _follow(services, cas, ann.id)
    await until(lambda: len(reader.received) > 1)

    assert [frame["data"]["actors_count"] for frame in reader.received] == [1, 2]
    services.hub.unregister(reader.connection)


async def test_unreadable_notifications_are_pushed_later_and_delay_nothing(
    services: Services,
) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    async with db.connect("postgresql://nobody@/none?host=/no") as gone:
        services.hub.notification_push.database = gone
        try:
            await _follow(services, ben, ann.id)
            # The notification is news by now, and so it is heard of together with this.
            async with services.database.transaction() as tx:
                await sessions.end_sessions(tx, ben.id)
            assert session_of(ben.member) in services.session_tokens.ended
            assert reader.received == []
        finally:
            services.hub.notification_push.database = services.database

    await until(lambda: [frame["type"] for frame in reader.received] == ["notification"])
    services.hub.unregister(reader.connection)


async def test_a_crash_while_reading_skips_one_batch_only(services: Services) -> None:
    ann, ben, cas = [await make.person(services) for _ in range(3)]
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    services.hub.notification_push.database = None  # pyright: ignore
    try:
        await _follow(services, ben, ann.id)
        await until(lambda: not services.hub.notification_push._pending)
    finally:
        services.hub.notification_push.database = services.database

    await _follow(services, cas, ann.id)
    await until(lambda: [frame["data"]["actors_count"] for frame in reader.received] == [2])
    services.hub.unregister(reader.connection)
