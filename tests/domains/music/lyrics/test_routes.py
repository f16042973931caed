"""Lyrics over HTTP: who reads and changes them, and those of the file."""

import pytest
from mutagen.id3 import ID3, SYLT, USLT

from tests import make, sounds
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.music.tracks.service import visible_tracks

LRC = "[00:01.00]One\n[00:02.50]Two"


@pytest.fixture
def add(services, owner):
    async def add_track(**columns):
        async with services.database.transaction() as tx:
            return await make.bare_track(tx, owner, "Night Ferry", **columns)

    return add_track


async def test_lyrics_are_set_read_and_deleted(client, owner, other, add):
    track_id = await add()
    url = f"tracks/{track_id}/lyrics"
    missing = await client.get(url)
    assert (await client.get(f"tracks/{track_id}")).json()["data"]["has_lyrics"] is False
    assert (missing.status_code, missing.json()["code"]) == (404, "lyrics_not_found")

    said = {"plain": "One\r\nTwo\n", "synced": LRC}
    answer = await client.put(url, headers=owner.headers, json=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {
        "plain": "One\nTwo",
        "synced": LRC,
        "lines": [{"start_seconds": 1, "text": "One"}, {"start_seconds": 2.5, "text": "Two"}],
    }
    assert (await client.get(url)).json() == answer.json()
    assert (await client.get(f"tracks/{track_id}")).json()["data"]["has_lyrics"] is True
    await client.put(url, headers=owner.headers, json={"plain": "La"})
    shown = (await client.get(url, headers=other.headers)).json()["data"]
    assert shown == {"plain": "La", "synced": None, "lines": []}

    assert (await client.delete(url, headers=owner.headers)).status_code == 200
    assert (await client.get(url)).status_code == 404
    again = await client.delete(url, headers=owner.headers)
    assert again.json()["code"] == "lyrics_not_found"


async def test_only_the_owner_changes_lyrics_and_hidden_ones_are_not_there(
    client, services, owner, other, add
):
    url = f"tracks/{await add()}/lyrics"
    await client.put(url, headers=owner.headers, json={"plain": "La"})

    for call in (
        client.put(url, headers=other.headers, json={"plain": "No"}),
        client.delete(url, headers=other.headers),
    ):
        assert (await call).json()["code"] == "not_your_track"
    hidden = f"tracks/{await add(visibility='private')}/lyrics"
    await client.put(hidden, headers=owner.headers, json={"plain": "La"})
    assert (await client.get(hidden)).json()["code"] == "track_not_found"
    assert (await client.get(hidden, headers=owner.headers)).status_code == 200
    await make.suspended(services, owner)
    assert (await client.get(url)).json()["code"] == "track_not_found"


@pytest.mark.parametrize("said", [{}, {"plain": ""}, {"plain": "\0"}, {"synced": "One"}])
async def test_wrong_lyrics_are_refused(client, owner, add, said):
    answer = await client.put(f"tracks/{await add()}/lyrics", headers=owner.headers, json=said)

    assert answer.status_code == 400, answer.text


@pytest.mark.long
async def test_lyrics_of_the_file_are_stored_unless_the_owner_set_some(
    client, services, owner, tmp_path
):
    source = sounds.write(tmp_path / "a.mp3", sounds.sine(1, channels=1))
    tags = ID3()
    tags.add(USLT(3, "eng", "", "One\nTwo"))
    tags.add(SYLT(3, "eng", format=2, type=1, text=[("One", 1000), ("Two", 2500)]))
    tags.save(source)

    form = TrackForm(title="Night Ferry", visibility=Visibility.PRIVATE)
    track_id = await make.track(services, owner, form, source)

    shown = await client.get(f"tracks/{track_id}/lyrics", headers=owner.headers)
    assert (shown.json()["data"]["plain"], shown.json()["data"]["synced"]) == ("One\nTwo", LRC)


async def test_a_report_keeps_the_lyrics(client, services, owner, other, add):
    track_id = await add()
    await client.put(f"tracks/{track_id}/lyrics", headers=owner.headers, json={"synced": LRC})

    async with services.database.read() as conn:
        evidence = await visible_tracks.find_evidence(conn, track_id, other.member)

    assert evidence is not None
    assert evidence.lyrics == LRC
