"""Rooms over HTTP: who hears what, who controls, and what is bounded."""

import asyncio
from datetime import timedelta

from tests import make
from veza.core.clock import now
from veza.domains.listening import jobs, queries, rules
from veza.domains.listening.models import MAX_ADDED


def _names(tracks):
    return [str(each) for each in tracks]


async def _give_role(client, place, owner, member, role):
    path = f"conversations/{place}/members/{member.id}"
    answer = await client.put(path, headers=owner.headers, json={"role": role})
    assert answer.status_code == 200, answer.text


async def _pass_hours_without_listeners(services, *places):
    async with services.database.transaction() as tx:
        sql = "update listening_rooms set heard_at = $2 where conversation_id = any($1)"
        await tx.run(sql, list(places), now() - rules.EMPTY_FOR - timedelta(seconds=1))


async def _pass_hours_without_messages(services, *places):
    async with services.database.transaction() as tx:
        sql = "update conversations set active_at = $2 where id = any($1)"
        await tx.run(sql, list(places), now() - rules.EMPTY_FOR - timedelta(seconds=1))


async def test_a_room_plays_its_queue_for_all_and_leaves_a_gap_for_who_may_not_hear(
    services, ask, host, listener, tracks, pass_time
):
    async with services.database.transaction() as tx:
        secret = await make.bare_track(
            tx, host.member, "Secret", visibility="private", duration_ms=60_000
        )
    await ask("GET", status=404)
    room = await ask("POST", status=201, track_ids=_names([tracks[0], secret, tracks[0]]))
    assert [each["track_id"] for each in room["entries"]] == _names([tracks[0], secret, tracks[0]])
    assert (room["state"]["entry_id"], room["state"]["is_playing"]) == (1, True)
    # Again: the room stays as it is.
    again = await ask("POST", status=200, track_ids=_names(tracks))
    assert again["state"]["version"] == room["state"]["version"]

    await pass_time("1 minute")
    heard = await ask("GET", by=listener)
    assert [each["track_id"] for each in heard["entries"]] == [
        str(tracks[0]),
        None,
        str(tracks[0]),
    ]
    assert _names(each["id"] for each in heard["tracks"]) == [str(tracks[0])]
    assert (heard["may_control"], heard["state"]["entry_id"]) == (False, 2)
    assert heard["state"]["position_ms"] < 60_000
    own = await ask("GET")
    assert (own["may_control"], len(own["tracks"])) == (True, 2)


async def test_who_knows_a_queue_reads_the_tracks_of_new_entries_alone(
    ask, client, place, host, tracks
):
    await ask("POST", status=201, track_ids=_names(tracks[:2]))
    await ask("PUT", version=None, add=_names([tracks[0], tracks[2]]), before=1)
    path = f"conversations/{place}/listening"
    read = await client.get(path, headers=host.headers, params={"after": 2})
    room = read.json()["data"]
    new = _names([tracks[0], tracks[2]])
    assert [(each["id"], each["track_id"]) for each in room["entries"]] == [
        (3, new[0]),
        (4, new[1]),
        (1, None),
        (2, None),
    ]
    assert sorted(each["id"] for each in room["tracks"]) == sorted(new)
    none = await client.get(path, headers=host.headers, params={"after": 4})
    assert (len(none.json()["data"]["entries"]), none.json()["data"]["tracks"]) == (4, [])


async def test_only_the_host_and_controllers_change_a_room_and_strangers_find_none(
    services, client, ask, host, listener, place, tracks, moderator
):
    stranger = await make.person(services)
    assert (await ask("POST", by=listener, status=403))["code"] == "not_your_playback"
    room = await ask("POST", status=201, track_ids=_names(tracks))
    for method, said in (("PUT", {"version": None}), ("DELETE", {})):
        assert (await ask(method, by=listener, status=403, **said))["code"] == "not_your_playback"
        await ask(method, by=stranger, status=404, **said)
        await ask(method, by=moderator, status=404, **said)
    await _give_role(client, place, host, listener, "admin")
    version = room["state"]["version"]
    state = await ask("PUT", by=listener, version=version, entry_id=3, position_ms=1500)
    assert (state["entry_id"], state["version"]) == (3, version + 1)
    assert 1500 <= state["position_ms"] < 60_000
    assert state["queue_version"] == version
    # Two press "next" at once: it counts once.
    assert (await ask("PUT", version=version, entry_id=2, status=409))["code"] == (
        "listening_changed"
    )
    # A private conversation is nothing to strangers, also for reading.
    hidden = await make.conversation(services, "group", host, listener)
    await ask("POST", at=hidden, status=201)
    await ask("GET", at=hidden, by=stranger, status=404)
    await ask("GET", by=stranger)
    assert await ask("DELETE", by=listener) == {"id": str(place)}
    await ask("GET", status=404)


async def test_of_changes_of_one_version_at_once_one_counts(
    services, client, host, place, ask, tracks
):
    room = await ask("POST", status=201, track_ids=_names(tracks))
    form = {"version": room["state"]["version"], "entry_id": 2}
    path = f"conversations/{place}/listening"
    answers = await asyncio.gather(
        *[client.put(path, headers=host.headers, json=form) for _ in range(8)]
    )
    assert sorted(each.status_code for each in answers) == [200] + 7 * [409]
    # Tracks that several add without a version all arrive.
    form = {"version": None, "add": _names(tracks[:1])}
    answers = await asyncio.gather(
        *[client.put(path, headers=host.headers, json=form) for _ in range(8)]
    )
    assert {each.status_code for each in answers} == {200}
    entries = (await ask("GET"))["entries"]
    assert [each["id"] for each in entries] == list(range(1, 12))


async def test_in_a_direct_conversation_both_control_until_one_blocks_the_other(
    services, ask, host, listener, tracks
):
    pair = await make.conversation(services, "direct", host, listener)
    await ask("POST", at=pair, by=listener, status=201, track_ids=_names(tracks))
    await ask("PUT", at=pair, version=None, is_playing=False)
    await make.blocks(services, host, listener)
    answer = await ask("PUT", at=pair, by=listener, status=403, version=None, is_playing=True)
    assert answer["code"] == "cannot_reach_member"


async def test_tracks_must_be_there_for_who_adds_them(services, client, ask, host, listener, place):
    async with services.database.transaction() as tx:
        secret = await make.bare_track(tx, listener.member, "Secret", visibility="private")
        unready = await make.bare_track(
            tx, host.member, "Unready", status="processing", duration_ms=None
        )
    await ask("POST", status=201)
    for each in (secret, unready):
        answer = await ask("PUT", status=404, version=None, add=[str(each)])
        assert answer["code"] == "track_not_found"
    await _give_role(client, place, host, listener, "admin")
    added = await ask("PUT", by=listener, version=None, add=[str(secret)])
    assert added["entry_id"] == 1


async def test_queues_rooms_and_commands_are_bounded(services, ask, host, listener, tracks):
    await ask("POST", status=201)
    for _ in range(200 // MAX_ADDED):
        await ask("PUT", version=None, add=_names([tracks[0]] * MAX_ADDED))
    full = await ask("PUT", version=None, add=_names(tracks[:1]), status=409)
    assert full["code"] == "listening_queue_full"
    assert len((await ask("GET"))["entries"]) == 200
    await ask("PUT", version=None, add=_names([tracks[0]] * (MAX_ADDED + 1)), status=400)
    for _ in range(rules.MAX_ROOMS - 1):
        more = await make.conversation(services, "room", host)
        await ask("POST", at=more, status=201)
    last = await make.conversation(services, "room", host)
    refused = await ask("POST", at=last, status=409)
    assert refused["code"] == "too_many_listening_rooms"
    # A direct conversation counts for who begins there, and not for the other one.
    pair = await make.conversation(services, "direct", host, listener)
    refused = await ask("POST", at=pair, status=409)
    assert refused["code"] == "too_many_listening_rooms"
    await ask("POST", at=pair, by=listener, status=201)
    await ask("GET", at=last, status=404)


async def test_rooms_of_conversations_that_one_left_do_not_count(
    services, client, ask, host, listener
):
    groups = [await make.conversation(services, "group", listener, host) for _ in range(5)]
    for each in groups:
        await _give_role(client, each, listener, host, "admin")
        await ask("POST", at=each, status=201)
    await ask("POST", status=409)
    left = await client.post(f"conversations/{groups[0]}/leave", headers=host.headers)
    assert left.is_success, left.text
    await ask("POST", status=201)
    # It goes on for those who stay.
    await ask("GET", at=groups[0], by=listener)


async def test_a_member_changes_rooms_thirty_times_in_ten_seconds(ask, tracks, monkeypatch):
    monkeypatch.setattr(rules, "COMMANDS_WINDOW_S", 3600)
    await ask("POST", status=201, track_ids=_names(tracks))
    # The room was begun by the first.
    for _ in range(rules.MAX_COMMANDS - 1):
        await ask("PUT", version=None)
    for method, said in (("PUT", {"version": None}), ("POST", {}), ("DELETE", {})):
        assert (await ask(method, status=429, **said))["code"] == "too_many_commands"


async def test_rooms_end_when_nobody_was_there_for_hours(
    services, client, ask, host, listener, place, count, monkeypatch
):
    # All of them end, not the first batch alone.
    monkeypatch.setattr(queries, "BATCH", 1)
    made = await make.conversation(services, "room", host, listener)
    await ask("POST", status=201)
    await ask("POST", at=made, status=201, ends_conversation=True)
    await jobs.end_empty_rooms(services.database)
    await ask("GET")
    await _pass_hours_without_listeners(services, place, made)
    # Who writes is there, and so is who wrote less than three hours ago.
    await jobs.end_empty_rooms(services.database)
    await ask("GET")
    await ask("GET", at=made)
    await _pass_hours_without_messages(services, place, made)
    await make.message(services, listener, made)
    await jobs.end_empty_rooms(services.database)
    await ask("GET", status=404)
    await ask("GET", at=made)
    await ask("POST", status=201)
    await _pass_hours_without_listeners(services, place)
    await _pass_hours_without_messages(services, made)
    await jobs.end_empty_rooms(services.database)
    await ask("GET", status=404)
    for at, status in ((place, 200), (made, 404)):
        answer = await client.get(f"conversations/{at}", headers=host.headers)
        assert answer.status_code == status
    sql = "select count(*) from listening_rooms where conversation_id = any($1)"
    assert await count(sql, [place, made]) == 0


async def test_the_conversation_that_was_begun_for_it_ends_with_it_by_its_owner_alone(
    services, client, ask, host, listener, place
):
    await ask("POST", status=201, ends_conversation=True)
    await _give_role(client, place, host, listener, "admin")
    assert (await ask("DELETE", by=listener, status=403))["code"] == "not_your_conversation"
    await ask("DELETE")
    answer = await client.get(f"conversations/{place}", headers=host.headers)
    assert answer.status_code == 404


async def test_only_a_room_of_its_owner_can_end_its_chat(
    services, client, ask, host, listener, place
):
    pair = await make.conversation(services, "direct", host, listener)
    group = await make.conversation(services, "group", host, listener)
    of_stream = await make.conversation(services, "room", host)
    of_tier = await make.conversation(services, "room", host)
    async with services.database.transaction() as tx:
        await make.stream(tx, host.member, conversation_id=of_stream)
        tier = await make.tier(tx, host.member)
        sql = "update conversations set tier_id = $2, is_private = true where id = $1"
        await tx.run(sql, of_tier, tier.id)
    await _give_role(client, place, host, listener, "admin")
    refused = [(pair, host), (group, host), (of_stream, host), (of_tier, host), (place, listener)]
    for at, by in refused:
        answer = await ask("POST", at=at, by=by, status=403, ends_conversation=True)
        assert answer["code"] == "chat_stays"
    await ask("POST", at=pair, status=201)

    # Rows from before, and rooms that got a stream or a tier since: the music ends, the chat stays.
    left = [pair, group, of_stream, of_tier]
    for at in left[1:]:
        await ask("POST", at=at, status=201)
    async with services.database.transaction() as tx:
        sql = """
            update listening_rooms set ends_conversation = true, heard_at = now() - $2::interval
             where conversation_id = any($1)
        """
        await tx.run(sql, left, rules.EMPTY_FOR + timedelta(seconds=1))
    await _pass_hours_without_messages(services, *left)
    await jobs.end_empty_rooms(services.database)
    for at in left:
        assert (await ask("GET", at=at, status=404))["code"] == "not_listening"
