"""Stations over HTTP: who sees, hears and changes them, and what their playlists say."""

import asyncio
import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.domains.stations.playlist_steps import heard, read
from tests.raw import hearing
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.errors import Unavailable
from veza.domains.stations.jobs import advance_stations
from veza.domains.stations.service import clock, playing, rotations


async def test_the_numbers_of_a_playlist_never_go_back_and_name_the_same_segments(
    client, create, add_track, later
):
    station = await create([await add_track(f"Track {n}", 60 + 6 * n) for n in range(5)])
    master = await heard(client, station, "master.m3u8")
    assert "256k.m3u8" in master
    seen, last = {}, (0, 0)
    for _ in range(30):
        later(seconds=23)
        text = await heard(client, station)
        assert max(map(float, re.findall(r"#EXTINF:([0-9.]+)", text))) <= 6.5
        found = read(text)
        first = min(found)
        assert (first, found[first][0]) >= last
        last = first, found[first][0]
        assert all(seen.setdefault(number, each) == each for number, each in found.items())
        assert len(found) <= 20
        # Each track has its own map, and the time of its first segment.
        tracks = 1 + text.count("#EXT-X-DISCONTINUITY\n")
        assert text.count("#EXT-X-MAP") == text.count("#EXT-X-PROGRAM-DATE-TIME") == tracks
    assert sorted(seen) == list(range(max(seen) + 1))
    assert len({slot for slot, _, _ in seen.values()}) > 5


async def test_listeners_share_a_playlist_for_two_seconds_and_ask_by_its_tag(
    client, create, add_track, services, monkeypatch
):
    assert clock.FRESH_S == 2
    monkeypatch.setattr(clock, "FRESH_S", 3600.0)
    station = await create([await add_track("Tide"), await add_track("Ebb")])
    path = f"stations/{station['id']}/hls/256k.m3u8"
    first = await client.get(path)
    assert first.headers["cache-control"] == "public, max-age=2, s-maxage=1"
    same = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    async with hearing(services, "station") as statements:
        for _ in range(20):
            assert (await client.get(path)).status_code == 200
    assert not statements
    monkeypatch.setattr(clock, "FRESH_S", 0.0)
    async with hearing(services, "station") as statements:
        assert (await client.get(path)).status_code == 200
    assert statements


async def test_visitors_share_what_is_on_air_even_if_a_track_is_explicit(
    client, create, add_track, services, monkeypatch
):
    station = await create([await add_track(f"Tide {n}", is_explicit=True) for n in range(2)])
    path = f"stations/{station['id']}/now"
    monkeypatch.setattr(clock, "FRESH_S", 600.0)
    async with hearing(services, "") as statements:
        answers = await asyncio.gather(*(client.get(path) for _ in range(20)))
    alone = len(statements)
    assert all(each.status_code == 200 for each in answers)
    async with hearing(services, "") as statements:
        again = await client.get(path)
    assert (statements, again.content) == ([], answers[0].content)
    assert alone <= 20


async def test_a_track_that_is_taken_down_is_a_gap_at_once_and_then_gone(
    client, create, add_track, services, later, moderator
):
    tracks = [await add_track(f"Track {n}", 600) for n in range(3)]
    station = await create(tracks)
    before = read(await heard(client, station))
    playing = before[max(before)][1].split("/")[4]
    form = {"content_type": "track", "content_id": playing, "category": "spam", "reason": "Ads."}
    taken = await client.post("admin/takedowns", headers=moderator.headers, json=form)
    assert taken.status_code == 201, taken.text
    first = read(await heard(client, station))
    async with hearing(services, "insert into jobs") as told:
        await heard(client, station)
    assert not told
    await run_until_empty(services)
    assert all(gap for _, line, gap in first.values() if playing in line)
    later(seconds=60)
    after = read(await heard(client, station))
    assert set(after) & set(before)
    assert all(after[n][:2] == first[n][:2] for n in set(after) & set(first))
    assert not after[max(after)][2]
    assert playing not in after[max(after)][1]
    shown = await client.get(f"stations/{station['id']}/now")
    assert shown.json()["data"]["now"]["track"]["id"] != playing
    assert playing not in shown.text


async def test_another_program_begins_after_the_track_that_plays(
    client, create, add_track, owner, later
):
    old, new = await add_track("Old", 90), await add_track("New", 90)
    station = await create([old])
    path = f"stations/{station['id']}"
    later(seconds=40)
    change = {"program": {"track_ids": [str(new)]}}
    changed = (await client.put(path, headers=owner.headers, json=change)).json()["data"]
    shown = (await client.get(f"{path}/now")).json()["data"]
    assert shown["now"]["track"]["id"] == str(old)
    assert shown["next"][0]["track"]["id"] == str(new)
    assert shown["next"][0]["starts_at"][:19] == changed["changes_at"][:19]
    later(minutes=10)
    past = (await client.get(f"{path}/history", params={"limit": 3})).json()["data"]
    assert [each["track"]["title"] for each in past["airings"]] == ["New"] * 3
    cursor = past["next_cursor"]
    rest = (await client.get(f"{path}/history", params={"limit": 50, "cursor": cursor})).json()
    every = [*past["airings"], *rest["data"]["airings"]]
    assert [each["number"] for each in every] == list(range(every[0]["number"], -1, -1))
    assert every[-1]["track"]["title"] == "Old"
    for earlier, one in zip(every[1:], every, strict=False):
        assert earlier["ends_at"] == one["starts_at"]


async def test_days_of_marks_change_nothing_of_what_played(
    client, create, add_track, services, later, owner
):
    station = await create([await add_track(f"Track {n}", 600 + 60 * n) for n in range(7)])
    path = f"stations/{station['id']}"
    later(days=3, minutes=7)
    before = (await client.get(f"{path}/now")).json()["data"]
    until = {"to": (datetime.now(UTC) + timedelta(days=3)).isoformat()}
    report = (await client.get(f"{path}/report", headers=owner.headers, params=until)).text
    await rotations.advance(services.database, services.audio_storage, station["id"])
    await advance_stations(services.database, services.audio_storage)
    async with services.database.read() as conn:
        sql = "select count(*) from station_marks where station_id = $1"
        assert await conn.value(int, sql, station["id"]) in {3, 4}
    after = (await client.get(f"{path}/now")).json()["data"]
    assert (after["now"], after["next"]) == (before["now"], before["next"])
    again = (await client.get(f"{path}/report", headers=owner.headers, params=until)).text
    rows = list(csv.DictReader(io.StringIO(again)))
    assert again == report
    assert len(rows) > 300
    assert sum(int(row["seconds"]) for row in rows) >= 3 * 86_400


async def test_jingles_and_tracks_of_others_play_only_if_they_may(
    client, create, add_track, owner, other, later
):
    mine = await add_track("Jingle", 6, visibility="unlisted")
    public = await add_track("Public", 60, by=other)
    secret = await add_track("Unlisted", 60, by=other, visibility="unlisted")
    station = await create([public, secret], program={"jingle_ids": [str(mine)], "jingle_every": 1})
    assert station["unplayed_ids"] == [str(secret)]
    later(minutes=5)
    text = await heard(client, station)
    assert str(secret) not in text
    shown = (await client.get(f"stations/{station['id']}/now")).json()["data"]
    both = [shown["now"], *shown["next"]]
    assert {each["is_jingle"] for each in both} == {True, False}
    assert all((each["track"] is None) == each["is_jingle"] for each in both)


async def test_only_its_owner_sees_a_station_off_air_and_changes_it(
    client, create, add_track, owner, other
):
    station = await create([await add_track("Tide")], is_on_air=False)
    path = f"stations/{station['id']}"
    for name in ("", "/now", "/history", "/hls/master.m3u8", "/hls/256k.m3u8"):
        assert (await client.get(path + name)).status_code == 404, name
    assert (await client.get(path, headers=owner.headers)).status_code == 200
    change = {"is_on_air": True}
    for method in ("put", "delete"):
        body = {"json": change} if method == "put" else {}
        answer = await getattr(client, method)(path, headers=other.headers, **body)
        assert answer.status_code == 404
    assert (await client.put(path, headers=owner.headers, json=change)).status_code == 200
    assert (await client.put(path, headers=other.headers, json=change)).status_code == 403
    assert (await client.get(f"{path}/program", headers=other.headers)).status_code == 403
    assert (await client.get(f"{path}/report", headers=other.headers)).status_code == 403
    listed = (await client.get("stations", params={"owner_id": str(owner.id)})).json()["data"]
    assert [each["id"] for each in listed["stations"]] == [station["id"]]
    own = (await client.get("stations/me", headers=owner.headers)).json()["data"]
    assert [each["id"] for each in own["stations"]] == [station["id"]]
    assert (await client.delete(path, headers=owner.headers)).status_code == 200
    assert (await client.get(path, headers=owner.headers)).status_code == 404


async def test_a_suspended_owner_is_not_on_air(client, create, add_track, owner, services):
    station = await create([await add_track("Tide")])
    async with services.database.transaction() as tx:
        await tx.run(
            "update users set suspended_at = now(), suspension_reason = 'spam' where id = $1",
            owner.id,
        )
    assert (await client.get(f"stations/{station['id']}/hls/256k.m3u8")).status_code == 404
    assert (await client.get(f"stations/{station['id']}")).status_code == 404


async def test_what_a_station_can_cost_is_bounded(client, create, add_track, owner):
    track = await add_track("Tide")
    for _ in range(5):
        await create([track])
    form = {"title": "One more", "program": {"track_ids": [str(track)]}}
    refused = await client.post("stations", headers=owner.headers, json=form)
    assert refused.json()["code"] == "too_many_stations"
    silent = await client.post("stations", headers=owner.headers, json={"title": " "})
    assert silent.status_code == 400
    bad = form | {"program": {"time_zone": "../../etc/passwd"}}
    assert (await client.post("stations", headers=owner.headers, json=bad)).status_code == 400


@pytest.mark.parametrize("is_owner", [True, False])
async def test_a_block_hides_the_station_and_leaves_out_tracks(
    client, create, add_track, owner, other, services, is_owner
):
    theirs = await add_track("Public", 60, by=other)
    station = await create([await add_track("Mine"), theirs])
    assert station["unplayed_ids"] == []
    path = f"stations/{station['id']}"
    await (make.blocks(services, owner, other) if is_owner else make.blocks(services, other, owner))
    for name in ("", "/now", "/history"):
        assert (await client.get(path + name, headers=other.headers)).status_code == 404, name
        assert (await client.get(path + name)).status_code == 200, name
    params = {"owner_id": str(owner.id)}
    listed = await client.get("stations", headers=other.headers, params=params)
    assert listed.json()["data"]["stations"] == []
    own = (await client.get(f"{path}/program", headers=owner.headers)).json()["data"]
    assert own["unplayed_ids"] == [str(theirs)]


async def test_texts_of_a_station_pass_the_filters(client, create, add_track, owner, services):
    admin = await make.person(services, Role.ADMIN)
    body = {"kind": "words", "text": "zorblax", "effect": "reject"}
    made = await client.post("admin/text-filters", json=body, headers=admin.headers)
    assert made.status_code in {200, 201}, made.text
    await services.text_filters.load()
    try:
        form = {"title": "Zorblax", "program": {}}
        refused = await client.post("stations", headers=owner.headers, json=form)
        assert refused.json()["code"] == "text_refused"
        station = await create([await add_track("Tide")])
        change = {"description": "All of zorblax."}
        path = f"stations/{station['id']}"
        refused = await client.put(path, headers=owner.headers, json=change)
        assert refused.json()["code"] == "text_refused"
    finally:
        async with services.database.transaction() as tx:
            await tx.run("delete from text_filters where text = 'zorblax'")
        await services.text_filters.load()


async def test_a_listener_is_not_told_of_what_fails(
    client, create, add_track, services, later, monkeypatch
):
    tracks = [await add_track(f"Track {n}", 600) for n in range(2)]
    station = await create(tracks)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = any($1)", tracks[:2])
        await tx.run("update tracks set status = 'processing' where id = any($1)", tracks[:2])

    async def fail(*_given, **_named):
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(playing, "enqueue", fail)
        await heard(client, station)
    async with hearing(services, "insert into jobs") as told:
        await heard(client, station)
    assert len(told) == 1


async def test_explicit_tracks_are_left_out_for_who_does_not_want_them(
    client, services, add_track, create, owner, other, later
):
    tracks = [await add_track(f"Tide {n}", is_explicit=n % 2 == 1) for n in range(4)]
    station = await create(tracks)
    later(minutes=20)
    path = f"stations/{station['id']}"

    async def shown(name: str, who: make.Person | None) -> list[bool | None]:
        """Return whether the tracks of a list are explicit; None for those that are left out."""
        headers = {} if who is None else who.headers
        data = (await client.get(f"{path}/{name}", headers=headers)).json()["data"]
        airings = data["airings"] if name == "history" else [data["now"], *data["next"]]
        return [each["track"] and each["track"]["is_explicit"] for each in airings]

    before = {name: await shown(name, other) for name in ("now", "history")}
    for hides in (other, owner):
        answer = await client.put("users/me", json={"explicit": "hide"}, headers=hides.headers)
        assert answer.status_code == 200, answer.text
    for name, marks in before.items():
        assert {True, False} <= set(marks), name
        assert await shown(name, other) == [None if each else each for each in marks]
        # What is one's own is always shown, and visitors hear what the site plays.
        assert await shown(name, owner) == await shown(name, None) == marks
