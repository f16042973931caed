"""Metadata in the upload form is validated and takes precedence over the tags of the file."""

import pytest
from mutagen.id3 import ID3, TALB, TBPM, TCON, TDRC, TIT2, TKEY, TPE1, TPOS, TRCK, TSRC, TXXX

from tests import sounds
from veza.app.worker import run_until_empty

FIELDS = ("genre", "isrc", "year", "bpm", "musical_key", "is_explicit")
OF_THE_FILE = ("hip hop", "QZES62600017", 2026, 92.5, "Am", True)


@pytest.fixture(scope="module")
def tagged(folder):
    """An MP3 file with all tags."""
    source = sounds.write(folder / "tagged.mp3", sounds.sine(1, channels=1))
    tags = ID3()
    for frame in (
        TIT2(3, "Night Ferry"),
        TPE1(3, "Ada"),
        TALB(3, "Harbours"),
        TCON(3, "Hip-Hop/Rap"),
        TDRC(3, "2026-05-04"),
        TPOS(3, "1/1"),
        TRCK(3, "3/12"),
        TSRC(3, "QZ-ES6-26-00017"),
        TBPM(3, "92.50"),
        TKEY(3, "8A"),
        TXXX(3, "ITUNESADVISORY", "1"),
        TXXX(3, "BARCODE", "123"),
    ):
        tags.add(frame)
    tags.save(source)
    return source


def metadata(answer):
    assert answer.status_code in {200, 201}, answer.text
    shown = answer.json()["data"]
    return tuple(shown[name] for name in FIELDS)


async def show(client, creator, track_id):
    return metadata(await client.get(f"tracks/{track_id}", headers=creator.headers))


async def test_tags_of_the_file_fill_what_was_left_out(client, services, creator, upload, tagged):
    answer = await upload(tagged)
    assert metadata(answer) == (None,) * 6
    track_id = answer.json()["data"]["id"]
    await run_until_empty(services)

    assert await show(client, creator, track_id) == OF_THE_FILE
    sql = "select tags_read::text from track_media where track_id = $1"
    async with services.database.read() as conn:
        stored = await conn.value(str, sql, track_id)
    # The barcode is none.
    assert stored == (
        '{"disc": 1, "album": "Harbours", "genre": "hip hop", "title": "Night Ferry", '
        '"artist": "Ada", "number": 3, "released": "2026-05-04"}'
    )


async def test_what_the_uploader_entered_counts_before_the_tags(
    client, services, creator, upload, tagged
):
    said = {
        "genre": "Dub",
        "isrc": "usrc1-76-07839",
        "year": "1999",
        "bpm": "60",
        "musical_key": "F# major",
        "is_explicit": "false",
    }
    answer = await upload(tagged, **said)
    entered = ("dub", "USRC17607839", 1999, 60, "F#", False)
    assert metadata(answer) == entered
    await run_until_empty(services)

    assert await show(client, creator, answer.json()["data"]["id"]) == entered


async def test_the_owner_changes_and_removes_each(client, services, creator, upload, tagged):
    track_id = (await upload(tagged)).json()["data"]["id"]
    await run_until_empty(services)

    async def change(**said):
        url = f"tracks/{track_id}"
        return metadata(await client.put(url, headers=creator.headers, json=said))

    assert await change(title="Another") == OF_THE_FILE
    changed = {"isrc": "USRC17607839", "year": 1999, "bpm": 60.125, "musical_key": "1m"}
    assert await change(**changed, is_explicit=False) == (
        "hip hop",
        "USRC17607839",
        1999,
        60.12,
        "Am",
        False,
    )
    assert await change(**dict.fromkeys(FIELDS)) == (None,) * 6


WRONG = [
    ("isrc", "USRC1760783"),
    ("isrc", "USRC17607839X"),
    ("year", "999"),
    ("year", "3000"),
    ("year", "20.5"),
    ("year", "soon"),
    ("bpm", "0"),
    ("bpm", "1000"),
    ("bpm", "nan"),
    ("bpm", "fast"),
    ("musical_key", "H"),
    ("musical_key", "x" * 21),
    ("is_explicit", "perhaps"),
]


@pytest.mark.parametrize(("name", "text"), WRONG)
async def test_what_is_wrong_is_refused_by_its_name(client, creator, upload, name, text):
    answer = await upload(**{name: text})

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == name


async def test_blank_fields_are_left_out(upload):
    assert metadata(await upload(**dict.fromkeys(FIELDS, " "))) == (None,) * 6
