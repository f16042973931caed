"""A recording that was taken down is held when it is uploaded again, until staff decides."""

import pytest

from bench.music import compose
from tests import make, sounds
from tests.domains.music.prints.print_steps import hold_as_known
from veza.core.access import Role
from veza.domains.music.tracks.models.forms import TrackForm

ANOTHER = compose(12, 16)[:, None]


async def find_case(client, staff, track_id):
    answer = await client.get(
        "admin/reports",
        headers=staff.headers,
        params={"content_type": "track", "status": "all", "limit": 100},
    )
    [found] = [
        each for each in answer.json()["data"]["reports"] if each["content_id"] == str(track_id)
    ]
    shown = await client.get(f"admin/reports/{found['id']}", headers=staff.headers)
    return shown.json()["data"]


async def show(client, track_id, who):
    return await client.get(f"tracks/{track_id}", headers=who.headers)


async def sanctions_of(client, who):
    answer = await client.get("sanctions", headers=who.headers)
    return answer.json()["data"]["sanctions"]


async def notes_of(client, who):
    answer = await client.get("notifications", headers=who.headers)
    return [each["kind"] for each in answer.json()["data"]["notifications"]]


@pytest.fixture
async def held(services, creator, music):
    """A track that was taken down, and its recording, encoded anew and held."""
    original, again = music
    artist, other = await creator(), await creator()
    first = await make.track(services, artist, TrackForm(title="Night Ferry"), original)
    await make.taken_down(services, "track", first)
    second = await make.track(services, other, TrackForm(title="My song"), again)
    await make.delivered(services)
    return first, second, other


@pytest.mark.long
async def test_the_same_recording_is_held_and_shown_again_if_staff_says_so(
    client, services, creator, held
):
    first, second, other = held
    staff, listener = await creator(Role.MODERATOR), await creator()

    assert (await show(client, second, listener)).status_code == 404
    own = (await show(client, second, other)).json()["data"]
    assert (own["status"], own["visibility"]) == ("ready", "public")
    assert own["taken_down"]["held"] is True
    assert own["taken_down"]["automation"] == "match"
    assert own["taken_down"]["appeal_url"] is None
    assert "item_held" in await notes_of(client, other)

    case = await find_case(client, staff, second)
    assert case["status"] == "pending"
    [entry] = case["entries"]
    assert (entry["by_match"], entry["reporter"], entry["category"]) == (True, None, "copyright")
    [copy] = case["copies"]
    assert (copy["content_id"], copy["category"]) == (str(first), "copyright")
    assert copy["share"] > 0.8
    assert not copy["same_file"]

    answer = await client.post(
        f"admin/reports/{case['id']}/resolve", headers=staff.headers, json={"action": "dismiss"}
    )
    assert answer.status_code == 200, answer.text
    await make.delivered(services)
    assert (await show(client, second, listener)).status_code == 200
    assert "taken_down" not in (await show(client, second, other)).json()["data"]
    assert "item_restored" in await notes_of(client, other)


@pytest.mark.long
async def test_what_is_played_faster_is_held_too_and_another_piece_is_not(
    client, services, creator, music, faster
):
    artist, other = await creator(), await creator()
    first = await make.track(services, artist, TrackForm(title="Night Ferry"), music[0])
    await make.taken_down(services, "track", first)
    await make.delivered(services)
    sounding = {"Faster": faster, "Another": sounds.write(faster.with_name("b.flac"), ANOTHER)}
    held = {}
    for title, sound in sounding.items():
        track_id = await make.track(services, other, TrackForm(title=title), sound)
        held[title] = "taken_down" in (await show(client, track_id, other)).json()["data"]
    assert held == {"Faster": True, "Another": False}


async def test_what_is_held_is_taken_down_or_released_among_the_take_downs(
    client, services, creator
):
    staff, listener = await creator(Role.MODERATOR), await creator()
    owners = [await creator(), await creator()]
    ids = [
        await hold_as_known(services, owner, title)
        for owner, title in zip(owners, ("To take down", "To release"), strict=True)
    ]
    await make.delivered(services)
    listed = await client.get(
        "admin/takedowns", headers=staff.headers, params={"content_type": "track", "limit": 100}
    )
    shown = {each["content_id"]: each for each in listed.json()["data"]["takedowns"]}
    for track_id in ids:
        assert shown[str(track_id)]["held"] is True
        assert shown[str(track_id)]["decided_by"] is None

    taken = await make.taken_down(services, "track", ids[0], staff)
    assert not taken.held
    assert taken.decided_by is not None
    [sanction] = await sanctions_of(client, owners[0])
    assert (sanction["item"]["automated"], sanction["item"]["automation"]) == (False, "match")
    assert (sanction["by_notice"], sanction["by_program"]) == (False, True)
    assert (await find_case(client, staff, ids[0]))["action"] == "takedown"
    back = await client.delete(f"admin/takedowns/{taken.id}", headers=staff.headers)
    assert back.status_code == 200, back.text
    released = await client.delete(
        f"admin/takedowns/{shown[str(ids[1])]['id']}", headers=staff.headers
    )
    assert released.status_code == 200, released.text
    await make.delivered(services)
    assert (await find_case(client, staff, ids[1]))["status"] == "dismissed"
    for track_id in ids:
        assert (await show(client, track_id, listener)).status_code == 200
