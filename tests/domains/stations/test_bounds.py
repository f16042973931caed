"""The bounds of what a station costs: changes, tracks, computed slots, rows and time."""

from datetime import UTC, datetime, timedelta

from veza.domains.stations.jobs import advance_stations
from veza.domains.stations.rules.drawing import Drawing
from veza.domains.stations.service import history, rotations


async def test_an_owner_changes_a_program_twenty_times_a_day(
    client, create, add_track, owner, later, services
):
    tracks = [str(await add_track(f"Track {n}", 600)) for n in range(2)]
    station = await create(tracks[:1])
    path = f"stations/{station['id']}"

    async def change(number):
        body = {"program": {"track_ids": [tracks[number % 2]]}}
        return await client.put(path, headers=owner.headers, json=body)

    # Those that replace each other before they began count too.
    for number in range(1, 21):
        assert (await change(number)).status_code == 200, number
        if number == 10:
            later(minutes=30)
    refused = await change(21)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_rotations")
    # It doesn't keep the system from leaving out what is lost.
    await rotations.replace_lost(services.database, services.audio_storage, station["id"])
    later(days=1, hours=1)
    assert (await change(21)).status_code == 200


async def test_a_station_has_at_most_300_tracks(client, owner):
    ids = [f"00000000-0000-4000-8000-{n:012d}" for n in range(301)]
    program = {"track_ids": ids[:300], "jingle_ids": ids[300:]}
    form = {"title": "Too long", "program": program}
    refused = await client.post("stations", headers=owner.headers, json=form)
    assert refused.status_code == 400
    program["jingle_ids"] = ids[:1]
    made = await client.post("stations", headers=owner.headers, json=form)
    assert made.status_code == 201


async def test_one_station_that_fails_does_not_keep_later_ones_waiting(
    create, add_track, services, later, monkeypatch
):
    track = await add_track("Tide")
    for _ in range(2):
        await create([track])
    tried = []

    async def fail(_database, _audio, station_id):
        tried.append(station_id)
        raise RuntimeError

    monkeypatch.setattr(
        "veza.domains.stations.jobs.now", lambda: datetime.now(UTC) + timedelta(days=9)
    )
    monkeypatch.setattr(rotations, "advance", fail)
    await advance_stations(services.database, services.audio_storage)
    assert len(tried) >= 2


async def test_history_and_report_compute_each_slot_once(
    client, create, add_track, owner, services, later, monkeypatch
):
    station = await create([await add_track(f"Track {n}", 600) for n in range(4)])
    later(days=4)
    await rotations.advance(services.database, services.audio_storage, station["id"])
    drawn = []
    draw = Drawing.draw
    monkeypatch.setattr(Drawing, "draw", lambda *given: drawn.append(1) or draw(*given))
    path = f"stations/{station['id']}"
    assert (await client.get(f"{path}/history", params={"limit": 20})).status_code == 200
    assert len(drawn) <= 2 * 144 + 2
    drawn.clear()
    until = {"to": (datetime.now(UTC) + timedelta(days=4)).isoformat()}
    report = (await client.get(f"{path}/report", headers=owner.headers, params=until)).text
    assert len(drawn) <= report.count("\n") + 6


async def test_a_change_that_takes_too_long_is_found_again_or_refused(
    client, create, add_track, owner, later, monkeypatch
):
    tracks = [str(await add_track(f"Track {n}", 600)) for n in range(2)]
    station = await create(tracks[:1])
    path = f"stations/{station['id']}"
    compute, slow = rotations.compute, [True] * 3

    async def be_slow(*given):
        if slow:
            slow.pop()
            later(seconds=3)
        return await compute(*given)

    monkeypatch.setattr(rotations, "compute", be_slow)
    body = {"program": {"track_ids": tracks[1:]}}
    refused = await client.put(path, headers=owner.headers, json=body)
    assert refused.status_code == 503
    own = (await client.get(f"{path}/program", headers=owner.headers)).json()["data"]
    assert own["program"]["track_ids"] == tracks[:1]
    slow.append(True)
    assert (await client.put(path, headers=owner.headers, json=body)).status_code == 200


async def test_a_report_has_a_bound_of_rows(client, create, add_track, owner, later, monkeypatch):
    station = await create([await add_track("Tide")])
    later(hours=2)
    monkeypatch.setattr(history, "MAX_ROWS", 20)
    path = f"stations/{station['id']}/report"
    until = {"to": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
    refused = await client.get(path, headers=owner.headers, params=until)
    assert refused.status_code == 400
