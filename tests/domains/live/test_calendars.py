"""Calendars of planned streams, read by a library of others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from icalendar import Calendar as ReadCalendar
from litestar import Litestar

from tests import make
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.settings.settings import Settings
from veza.core.clock import now
from veza.core.ids import StreamId, new_id
from veza.domains.live.models.plans import CalendarEntry
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.rules import plans
from veza.domains.live.rules.calendars import Calendar, render_calendar


def later(**ahead: float) -> str:
    return (now() + timedelta(**ahead)).isoformat()


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the pages outside of the API."""
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def read(site: httpx.AsyncClient, url: str) -> list[str]:
    """Return the titles in a calendar, without their artists."""
    answer = await site.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = ReadCalendar.from_ical(answer.content)
    assert not calendar.errors
    return [str(each["summary"]).partition(": ")[2] for each in calendar.walk("VEVENT")]


def _entry(**said: object) -> CalendarEntry:
    moment = datetime(2026, 3, 1, 20, tzinfo=UTC)
    values = {
        "id": StreamId(new_id()),
        "username": "ada",
        "shown_name": "Ada",
        "title": "Dusk",
        "description": "",
        "category": "",
        "status": StreamStatus.DRAFT,
        "starts_at": moment,
        "ended_at": None,
        "created_at": moment - timedelta(days=3),
        "updated_at": moment - timedelta(days=2),
    }
    return CalendarEntry(**(values | said))


def test_texts_arrive_as_they_are_in_lines_of_75_bytes():
    texts = {
        "title": "Café; DJ, \\ «ünïcödé» " + "😀é" * 60,
        "description": "One\r\ntwo\nBEGIN:VEVENT\rthree\x00\x07\ttab;,\\n" + "ж" * 300,
        "category": "Drum, bass; jungle",
    }
    body = render_calendar(Calendar("Ada «live»", [_entry(**texts)]), "https://veza.example")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    [event] = ReadCalendar.from_ical(body).walk("VEVENT")
    assert event["summary"] == f"Ada: {texts['title']}"
    description = "One\ntwo\nBEGIN:VEVENT\nthree tab;,\\n" + "ж" * 300
    assert event["description"] == description
    assert event["categories"].cats == [texts["category"]]
    assert event["dtstart"].dt == datetime(2026, 3, 1, 20, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 3, 1, 21, tzinfo=UTC)
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 86400)
    assert ReadCalendar.from_ical(body)["x-wr-calname"] == "Ada «live»"


def test_a_cancelled_and_a_long_stream_say_so_and_an_empty_calendar_is_valid():
    ended = datetime(2026, 3, 2, 1, tzinfo=UTC)
    entries = [_entry(status=StreamStatus.CANCELLED), _entry(ended_at=ended)]
    body = render_calendar(Calendar("A", entries), "https://veza.example")
    events = ReadCalendar.from_ical(body).walk("VEVENT")
    assert [each["status"] for each in events] == ["CANCELLED", "CONFIRMED"]
    assert events[1]["dtend"].dt == ended
    empty = ReadCalendar.from_ical(render_calendar(Calendar("A", []), ""))
    assert [each.name for each in empty.subcomponents] == ["VTIMEZONE"]


async def test_the_calendar_of_a_profile_has_its_public_streams(
    client, services, site, owner, create, monkeypatch
):
    await create(title="2", starts_at=later(days=2))
    first = await create(title="1", starts_at=later(days=1))
    await create(title="followers", starts_at=later(days=1), audience="followers")
    await create(title="unlisted", starts_at=later(days=1), audience="unlisted")
    await create(title="undated")
    down = await create(title="down", starts_at=later(days=1))
    await make.taken_down(services, "stream", UUID(down["id"]))
    url = f"feeds/artists/{owner.username.upper()}/calendar.ics"
    assert await read(site, url) == ["1", "2"]
    answer = await site.get(url)
    again = await site.get(url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await client.post(f"live/streams/{first['id']}/cancel", headers=owner.headers)
    changed = await site.get(url, headers={"if-none-match": answer.headers["etag"]})
    assert changed.status_code == 200
    assert b"STATUS:CANCELLED" in changed.content
    # What is over stays for a month.
    async with services.database.transaction() as tx:
        sql = "update streams set starts_at = now() - $2::interval where id = $1"
        await tx.run(sql, UUID(first["id"]), timedelta(days=31))
    assert await read(site, url) == ["2"]
    monkeypatch.setattr(plans, "MAX_IN_CALENDAR", 1)
    await create(title="3", starts_at=later(days=3))
    assert await read(site, url) == ["2"]
    await make.suspended(services, owner)
    for gone in (url, "feeds/artists/nobody-here/calendar.ics"):
        assert (await site.get(gone)).status_code == 404


async def test_the_calendar_of_a_member_has_what_they_may_see_until_it_is_replaced(
    client, services, site, owner, other, create
):
    async def call(method: str) -> str | None:
        answer = await client.request(method, "live/calendar", headers=other.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["url"]

    assert await call("GET") is None
    followed, third = [await make.person(services) for _ in range(2)]
    await make.follows(services, other, followed)
    for by in (owner, followed, third):
        for audience in ("public", "followers", "unlisted"):
            title = f"{by.username}-{audience}"
            made = await create(title=title, starts_at=later(days=1), audience=audience, by=by)
            if by is owner:
                path = f"live/streams/{made['id']}/reminder"
                said = await client.post(path, headers=other.headers)
                assert said.status_code == (404 if audience == "followers" else 200)
    url = await call("POST")
    assert url is not None
    assert await call("GET") == url
    path = url.partition("/feeds/")[1] + url.partition("/feeds/")[2]
    own = {f"{owner.username}-public", f"{owner.username}-unlisted"}
    theirs = {f"{followed.username}-public", f"{followed.username}-followers"}
    assert set(await read(site, path)) == own | theirs
    answer = await site.get(path)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = await site.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    await make.blocks(services, owner, other)
    assert set(await read(site, path)) == theirs
    for wrong in (path.replace(".ics", "x.ics"), path[:-8] + ".ics", "/feeds/calendars/x.ics"):
        assert (await site.get(wrong)).status_code == 404
    renewed = await call("POST")
    assert renewed != url
    assert (await site.get(path)).status_code == 404
    path = path.rpartition("/")[0] + "/" + str(renewed).rpartition("/")[2]
    assert set(await read(site, path)) == theirs
    await make.suspended(services, other)
    assert (await site.get(path)).status_code == 404
    await make.unsuspended(services, other)
    assert set(await read(site, path)) == theirs
    async with services.database.transaction() as tx:
        await tx.run("delete from calendar_feeds where user_id = $1", other.id)
    assert (await site.get(path)).status_code == 404
    # An address that was ended does not come back.
    async with services.database.transaction() as tx:
        sql = "insert into calendar_feeds (user_id, key) values ($1, $2)"
        await tx.run(sql, other.id, new_id())
    assert (await site.get(path)).status_code == 404
