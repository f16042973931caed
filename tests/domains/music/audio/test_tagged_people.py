"""People in the tags of a file become the artists and credits of its track."""

from uuid import uuid4

import pytest
from mutagen.id3 import ID3, TCOM, TIPL, TMCL, TPE1, TXXX

from tests import make, sounds
from veza.app.worker import run_until_empty

PEOPLE = ("artists", "credits")


def _tag(source, owner, ids):
    tags = ID3()
    for frame in (
        TPE1(3, f"{owner.username.upper()} feat. Brian & Cleo"),
        TXXX(3, "ARTISTS", [owner.username.upper(), "Brian", "Cleo"]),
        TXXX(3, "MusicBrainz Artist Id", ids),
        TCOM(3, ["Dora", "Emil"]),
        TIPL(3, [["producer", owner.username], ["DJ-mix", "Dora"]]),
        TMCL(3, [["cello", "Emil"]]),
    ):
        tags.add(frame)
    tags.save(source)


@pytest.mark.long
async def test_tags_fill_the_artists_and_credits_that_were_left_out(
    client, services, creator, upload, folder
):
    guest = await make.person(services)
    ids = [str(uuid4()) for _ in range(3)]
    async with services.database.transaction() as tx:
        sql = "update profiles set musicbrainz_id = $2 where id = $1"
        await tx.run(sql, guest.id, ids[1])
    source = sounds.write(folder / "people.mp3", sounds.sine(1, channels=1))
    _tag(source, creator, ids)
    tagged = (await upload(source)).json()["data"]
    entered = (await upload(source, artists='[{"name": "Ada"}]')).json()["data"]
    alone = (await upload(source, artists="[]", credits='[{"name": "A", "role": "dj"}]')).json()
    await run_until_empty(services)

    async def show(track):
        shown = (await client.get(f"tracks/{track['id']}")).json()["data"]
        return [shown[name] for name in PEOPLE]

    owner = make.shown(creator)
    artists, credited = await show(tagged)
    assert artists == [
        {"profile": owner, "name": creator.username.upper(), "join": " feat. "},
        # A profile that only its id names is asked first.
        {"profile": None, "name": "Brian", "join": " & "},
        {"profile": None, "name": "Cleo", "join": ""},
    ]
    roles = [(each["role"], each["name"], each["instrument"]) for each in credited]
    assert roles == [
        ("producer", creator.username, None),
        ("dj", "Dora", None),
        ("performer", "Emil", "cello"),
        ("composer", "Dora", None),
        ("composer", "Emil", None),
    ]
    assert [each["profile"] for each in credited] == [owner, *[None] * 4]
    answer = await client.get("users/me/credits", headers=guest.headers)
    [asked] = answer.json()["data"]["credits"]
    assert (asked["track_id"], asked["name"]) == (tagged["id"], "Brian")

    artists, same = await show(entered)
    assert (artists, same) == ([{"profile": None, "name": "Ada", "join": ""}], credited)
    artists, own = await show(alone["data"])
    assert artists == [{"profile": owner, "name": creator.username, "join": ""}]
    assert [each["role"] for each in own] == ["dj"]

    for wrong in ("{", '[{"name": 7}]', '{"name": "Ada"}'):
        refused = await upload(source, artists=wrong)
        assert refused.status_code == 400, wrong
        assert refused.json()["details"][0]["field"].startswith("artists")
