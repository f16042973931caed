"""Tagged files become a release: uploaded, imported, and confirmed as proposed."""

import pytest
from mutagen.flac import FLAC, Picture

from tests import make, sounds
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.music.tracks.models.forms import TrackForm


@pytest.fixture
async def creator(services):
    return await make.person(services, Role.CREATOR)


def tagged(folder, number, **tags):
    source = sounds.write(folder / f"{number}.flac", sounds.sine(1, channels=1))
    file = FLAC(source)
    file.update(
        {"album": "Harbours", "artist": "Ada", "tracknumber": f"{number}/2", "date": "2026-05-04"}
        | tags
    )
    picture = Picture()
    picture.type, picture.mime = 3, "image/png"
    picture.data = sounds.picture(folder / "front.png", width=60, height=60).read_bytes()
    file.add_picture(picture)
    file.save()
    return source


@pytest.mark.long
async def test_a_proposal_is_confirmed_as_it_is(client, services, creator, tmp_path):
    second, first = [
        await make.track(
            services,
            creator,
            TrackForm(title=f"Track {number}"),
            tagged(tmp_path, number, barcode="036000291452", genre="Hip-Hop", label="Tape Room"),
        )
        for number in (2, 1)
    ]

    answer = await client.post(
        "releases/import",
        headers=creator.headers,
        json={"track_ids": [str(second), str(first), str(second)]},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["to_check"] == []
    release = answer.json()["data"]["release"]
    assert release["cover_image_id"] is not None
    made = await client.post("releases", headers=creator.headers, json=release)
    assert made.status_code == 201, made.text
    shown = made.json()["data"]
    assert (shown["title"], shown["artist_name"], shown["kind"]) == ("Harbours", "Ada", "single")
    assert (shown["upc"], shown["genre"], shown["label"], shown["release_date"]) == (
        "036000291452",
        "hip hop",
        "Tape Room",
        "2026-05-04",
    )
    assert shown["visibility"] == "private"
    assert (await client.get(shown["cover_url"])).headers["content-type"] == "image/jpeg"
    listed = await client.get(f"releases/{shown['id']}/tracks", headers=creator.headers)
    assert [(each["number"], each["track"]["id"]) for each in listed.json()["data"]["tracks"]] == [
        (1, str(first)),
        (2, str(second)),
    ]


async def test_only_own_tracks_that_are_ready_are_imported(client, services, creator):
    other = await make.person(services, Role.CREATOR)
    waiting = {"status": "processing", "duration_ms": None, "format": None}
    async with services.database.transaction() as tx:
        own = await make.bare_track(tx, creator, "Own")
        processing = await make.bare_track(tx, creator, "Own", **waiting)
        others = await make.bare_track(tx, other, "Others")
        hidden = await make.bare_track(tx, other, "Others", visibility="private")

    async def refused(*track_ids):
        body = {"track_ids": [str(track_id) for track_id in track_ids]}
        answer = await client.post("releases/import", headers=creator.headers, json=body)
        return answer.status_code, answer.json().get("code")

    assert await refused(own) == (200, None)
    assert await refused(own, processing) == (409, "track_not_ready")
    assert await refused(own, others) == (403, "not_your_track")
    assert await refused(own, hidden) == (404, "track_not_found")
    assert await refused(own, new_id()) == (404, "track_not_found")
    assert (await refused())[0] == 400
    assert (await refused(*(new_id() for _ in range(101))))[0] == 400
