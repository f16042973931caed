"""The sound of suspended members: silent for everybody else, signed URL or not, and back."""

import asyncio
from typing import NamedTuple

import pytest

from tests import make, sounds
from tests.make import Person
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm

# A change that was not made by a request to this process is seen within a second.
SEEN_AFTER_S = 1
FILES = ("stream", "preview", "waveform", "download", "hls/master.m3u8", "hls/128k/index.m3u8")


class Artist(NamedTuple):
    """Somebody with a track for all and one for themselves."""

    person: Person
    public: TrackId
    private: TrackId


@pytest.fixture
async def artist(services, wav):
    # Not the creator of all other tests, whose session would be over.
    person = await make.person(services, Role.CREATOR)
    public = TrackForm(title="For all", downloadable=True)
    private = TrackForm(title="Mine", visibility=Visibility.PRIVATE)
    return Artist(
        person,
        await make.track(services, person, public, wav),
        await make.track(services, person, private, wav),
    )


async def test_nobody_else_hears_them_by_a_signed_url_either(client, services, artist, other):
    path = f"tracks/{artist.private}"
    shown = (await client.get(path, headers=artist.person.headers)).json()["data"]
    signed = [shown[f"{name}_url"] for name in ("stream", "preview", "hls", "waveform")]
    urls = signed + [f"tracks/{artist.public}/{file}" for file in FILES]

    async def answers():
        return [
            (await client.get(url, headers=headers)).status_code
            for url in urls
            for headers in ({}, other.headers)
        ]

    assert set(await answers()) == {200}
    await make.suspended(services, artist.person)
    await asyncio.sleep(SEEN_AFTER_S)
    assert set(await answers()) == {404}
    await make.unsuspended(services, artist.person)
    assert set(await answers()) == {200}


@pytest.mark.long
async def test_covers_are_hidden_too(client, services, folder, wav):
    person = await make.person(services, Role.CREATOR)
    png = sounds.picture(folder / "hidden.png").read_bytes()
    files = [("title", (None, "Seen")), ("file", ("t.wav", wav.read_bytes()))]
    files.append(("cover", ("c.png", png)))
    track = (await client.post("tracks", headers=person.headers, files=files)).json()["data"]
    async with services.database.transaction() as tx:
        sql = """
            update tracks set status = 'ready', duration_ms = 2000, format = 'wav' where id = $1
        """
        await tx.run(sql, TrackId(track["id"]))
    path = f"tracks/{track['id']}/cover"
    assert (await client.get(path)).status_code == 200

    await make.suspended(services, person)
    await asyncio.sleep(SEEN_AFTER_S)
    assert (await client.get(path)).status_code == 404
