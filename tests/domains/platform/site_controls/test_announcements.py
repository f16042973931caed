"""Announcements: when they are shown, and to whom."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.domains.platform.site_controls.routes_steps import Announce, ago, ahead, headers_of
from tests.http.apps import assemble, calling
from tests.infra.waiting import until
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.platform.site_controls import rules, service
from veza.domains.platform.site_controls.errors import TooManyAnnouncements
from veza.domains.platform.site_controls.models import AnnouncementForm
from veza.infra.postgres.database import Tx


async def _titles(client: httpx.AsyncClient, person: Person | None = None) -> list[str]:
    """The titles of what is announced to somebody now."""
    answer = await client.get("announcements/active", headers=headers_of(person))
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]["announcements"]]


async def test_an_announcement_is_visible_at_once(
    client: httpx.AsyncClient, post: Announce
) -> None:
    assert await _titles(client) == []
    answer = await post(title="Cake", content="In the kitchen.", type="warning")

    assert answer.status_code == 201
    made = answer.json()["data"]
    assert UUID(made["id"]).version == 7
    assert made["starts_at"].endswith("Z")
    assert made == {
        "id": made["id"],
        "title": "Cake",
        "content": "In the kitchen.",
        "type": "warning",
        "audience": "everyone",
        "starts_at": made["starts_at"],
        "ends_at": None,
        "created_at": made["created_at"],
    }
    active = await client.get("announcements/active")
    assert active.json()["data"] == {"announcements": [made]}


@pytest.mark.parametrize(
    ("audience", "seen_by"),
    [
        ("everyone", {"nobody", "user", "creator", "moderator", "admin"}),
        ("members", {"user", "creator", "moderator", "admin"}),
        ("creators", {"creator", "admin"}),
        ("moderators", {"moderator", "admin"}),
        ("admins", {"admin"}),
    ],
)
async def test_an_announcement_is_for_its_audience(
    client: httpx.AsyncClient,
    post: Announce,
    people: dict[str, Person | None],
    audience: str,
    seen_by: set[str],
) -> None:
    assert (await post(audience=audience)).status_code == 201

    seen = {name for name, person in people.items() if await _titles(client, person)}
    assert seen == seen_by


async def test_past_and_future_announcements_are_not_shown(
    client: httpx.AsyncClient, post: Announce
) -> None:
    for title, starts_at, ends_at in (
        ("over", ago(hours=2), ago(hours=1)),
        ("to come", ahead(hours=1), None),
        ("now", ago(hours=1), ahead(hours=1)),
    ):
        answer = await post(title=title, starts_at=starts_at, ends_at=ends_at)
        assert answer.status_code == 201, answer.text

    assert await _titles(client) == ["now"]


async def test_an_announcement_comes_and_goes_by_the_clock_alone(
    client: httpx.AsyncClient, post: Announce, services: Services
) -> None:
    await post(starts_at=ahead(seconds=0.2), ends_at=ahead(seconds=1.0))
    loaded = services.site_controls.snapshot

    async def is_there() -> bool:
        return bool(await _titles(client))

    async def is_gone() -> bool:
        return not await is_there()

    await until(is_there)
    await until(is_gone)
    assert services.site_controls.snapshot.announcements == loaded.announcements


async def test_the_newest_come_first_and_no_more_than_a_hundred(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with services.database.transaction() as tx:
        for number in range(rules.MAX_ACTIVE_SHOWN + 5):
            form = AnnouncementForm(title=f"{number}", content="There is news.")
            await service.create_announcement(tx, form)

    titles = await _titles(client)
    assert titles == [f"{number}" for number in range(104, 4, -1)]


async def test_a_time_of_another_zone_is_shown_in_utc(post: Announce) -> None:
    made = (await post(starts_at="2026-03-01T14:00:00+02:00")).json()["data"]

    assert made["starts_at"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": " \n"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": None}, "title"),
        ({"title": 5}, "title"),
        ({"content": ""}, "content"),
        ({"content": "\t"}, "content"),
        ({"content": "x" * 5001}, "content"),
        ({"content": ["x"]}, "content"),
        ({"type": "panic"}, "type"),
        ({"type": None}, "type"),
        ({"type": "INFO"}, "type"),
        ({"audience": "sellers"}, "audience"),
        ({"audience": ["members"]}, "audience"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2026-03-01T12:00:00"}, "starts_at"),
        ({"starts_at": 1772366400}, "starts_at"),
        ({"ends_at": "2026-13-01T12:00:00Z"}, "ends_at"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": "2026-03-01T12:00:00Z", "ends_at": "2026-03-01T13:00:00+01:00"}, "ends_at"),
    ],
    ids=str,
)
async def test_an_invalid_announcement_is_400(
    client: httpx.AsyncClient, post: Announce, wrong: dict[str, Any], field: str
) -> None:
    answer = await post(**wrong)

    assert answer.status_code == 400, answer.text
    assert [fault["field"] for fault in answer.json()["details"]] == [field]
    assert await _titles(client) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "a\0b"},
        {"content": "\0"},
        {"ends_at": "9999-12-31T23:59:59-14:00"},
        {"ends_at": "9999-12-31T23:59:59.999999Z"},
        {"ends_at": "9999-12-31T21:59:59.999999-02:00"},
        {"starts_at": "0001-01-01T00:00:00Z"},
        {"starts_at": "0001-01-01T00:00:00+14:00"},
    ],
    ids=str,
)
async def test_text_that_the_database_cannot_store_is_400(
    client: httpx.AsyncClient, post: Announce, wrong: dict[str, Any]
) -> None:
    assert (await post(**wrong)).status_code == 400
    assert await _titles(client) == []


@pytest.mark.parametrize("missing", ["title", "content"])
async def test_title_and_content_are_needed(
    client: httpx.AsyncClient, admin: Person, missing: str
) -> None:
    body = {"title": "News", "content": "There is news."}
    del body[missing]
    answer = await client.post("admin/announcements", json=body, headers=admin.headers)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == missing


async def test_the_longest_texts_are_accepted(client: httpx.AsyncClient, post: Announce) -> None:
    answer = await post(title="é" * 200, content="🌊" * 5000, ends_at="9999-12-31T00:00:00Z")

    assert answer.status_code == 201, answer.text
    assert await _titles(client) == ["é" * 200]


async def test_admins_see_all_page_by_page(
    client: httpx.AsyncClient, post: Announce, admin: Person
) -> None:
    await post(title="over", starts_at=ago(hours=2), ends_at=ago(hours=1))
    await post(title="to come", starts_at=ahead(hours=1))
    await post(title="for admins", audience="admins")

    async def ask(**query: int) -> dict[str, Any]:
        answer = await client.get("admin/announcements", params=query, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        return data | {"announcements": [one["title"] for one in data["announcements"]]}

    everything = ["for admins", "to come", "over"]
    assert await ask() == {"announcements": everything, "total": 3}
    assert await ask(limit=2) == {"announcements": everything[:2], "total": 3}
    assert await ask(limit=2, offset=2) == {"announcements": everything[2:], "total": 3}
    assert await ask(offset=9_980) == {"announcements": [], "total": 3}


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=", "offset=-1", "offset=x", "offset=9981"],
)
async def test_a_page_that_can_not_be_is_400(
    client: httpx.AsyncClient, admin: Person, query: str
) -> None:
    answer = await client.get(f"admin/announcements?{query}", headers=admin.headers)

    assert answer.status_code == 400


async def test_a_deleted_announcement_is_gone_at_once(
    client: httpx.AsyncClient, post: Announce, admin: Person
) -> None:
    made, other = [(await post(title=title)).json()["data"] for title in ("gone", "kept")]
    path = f"admin/announcements/{made['id']}"
    answer = await client.delete(path, headers=admin.headers)

    assert answer.status_code == 200
    assert answer.json()["data"] == {"id": made["id"]}
    assert await _titles(client) == [other["title"]]
    again = await client.delete(path, headers=admin.headers)
    assert again.status_code == 404
    assert again.json()["code"] == "announcement_not_found"


async def test_of_two_concurrent_deletions_one_is_404(
    client: httpx.AsyncClient, post: Announce, admin: Person
) -> None:
    path = f"admin/announcements/{(await post()).json()['data']['id']}"
    answers = await asyncio.gather(*(client.delete(path, headers=admin.headers) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]


@pytest.mark.parametrize("name", [str(UUID(int=7)), "5", "x", "%00"])
async def test_an_unknown_announcement_cannot_be_deleted(
    client: httpx.AsyncClient, admin: Person, name: str
) -> None:
    answer = await client.delete(f"admin/announcements/{name}", headers=admin.headers)

    assert answer.status_code == 404


async def test_the_number_of_current_announcements_is_limited(tx: Tx) -> None:
    async def fill(count: int, ends_at: str | None) -> None:
        sql = """
            insert into announcements (id, title, content, type, audience, starts_at, ends_at)
                 select gen_random_uuid(), 'News', 'News', 'info', 'everyone',
                        now() - interval '2 hours', now() + $2::text::interval
                   from generate_series(1, $1::int)
        """
        await tx.run(sql, count, ends_at)

    form = AnnouncementForm(title="News", content="There is news.")
    await fill(rules.MAX_CURRENT_ANNOUNCEMENTS - 2, None)
    await fill(1, "1 hour")
    await fill(50, "-1 hour")
    await service.create_announcement(tx, form)
    with pytest.raises(TooManyAnnouncements):
        await service.create_announcement(tx, form)


async def test_a_bad_token_is_401(client: httpx.AsyncClient) -> None:
    for path in ("announcements/active", "feature-flags"):
        answer = await client.get(path, headers={"Authorization": "Bearer bad"})
        assert answer.status_code == 401


async def test_announcements_and_flags_are_there_without_a_database(
    services: Services, no_database: Services, post: Announce, client: httpx.AsyncClient
) -> None:
    await post(title="From memory")
    assert services.site_controls is no_database.site_controls

    async with calling(assemble(no_database)[1]) as cut_off:
        assert await _titles(cut_off) == ["From memory"]
        assert (await cut_off.get("feature-flags")).status_code == 200
        assert (await cut_off.get("tracks")).status_code == 503


async def test_ids_sort_by_the_time_they_were_made(post: Announce) -> None:
    before = new_id()
    made = UUID((await post()).json()["data"]["id"])

    assert before < made < new_id()
