"""Metadata in the upload form is validated and takes precedence over the tags of the file."""

from base64 import b64encode

import pytest
from mutagen.id3 import ID3, TALB, TBPM, TCON, TDRC, TIT2, TKEY, TPE1, TPOS, TRCK, TSRC, TXXX

from tests import make, sounds
from veza.app.worker import run_until_empty
from veza.domains.platform.text_filters import service as text_filters
from veza.domains.platform.text_filters.models import (
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
)

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


@pytest.mark.long
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


@pytest.fixture
async def title_of(client, creator):
    async def read(track_id):
        answer = await client.get(f"tracks/{track_id}", headers=creator.headers)
        return answer.json()["data"]["title"]

    return read


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "named"),
    [(None, "Night Ferry"), ({"genre": "dub"}, "Night Ferry"), ({"title": "Mine"}, "Mine")],
)
async def test_a_track_without_a_title_has_that_of_its_file(
    client, services, creator, upload, tagged, title_of, change, named
):
    answer = await upload(tagged, "03_-_ferry v2.mp3", title=None)
    assert answer.status_code == 201, answer.text
    track = answer.json()["data"]
    assert track["title"] == "ferry v2"
    if change is not None:
        await client.put(f"tracks/{track['id']}", headers=creator.headers, json=change)
    await run_until_empty(services)

    assert await title_of(track["id"]) == named


async def test_a_resumable_upload_without_a_title_has_that_of_its_file(
    client, services, creator, tagged, title_of
):
    content = tagged.read_bytes()
    meta = ",".join(
        f"{name} {b64encode(value.encode()).decode()}"
        for name, value in (("purpose", "track"), ("filename", "1.mp3"), ("visibility", "private"))
    )
    headers = creator.headers | {"Tus-Resumable": "1.0.0"}
    created = await client.post(
        "uploads",
        headers=headers | {"Upload-Length": str(len(content)), "Upload-Metadata": meta},
    )
    assert created.status_code == 201, created.text
    sent = await client.patch(
        f"uploads/{created.json()['data']['id']}",
        content=content,
        headers=headers | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )
    assert sent.status_code < 300, sent.text
    await run_until_empty(services)

    track_id = sent.headers["Upload-Result"].rpartition("/")[2]
    assert await title_of(track_id) == "Night Ferry"


@pytest.fixture
async def filter_ferries(services):
    """Set what happens to a text with the word `ferry`."""

    async def change(statement):
        async with services.database.transaction() as tx:
            await statement(tx)
        await services.text_filters.load()

    async def set_effect(effect):
        form = TextFilterForm(TextFilterKind.WORDS, "ferry", effect)
        await change(lambda tx: text_filters.set_filter(tx, form))

    yield set_effect
    await change(lambda tx: tx.run("delete from text_filters where text = 'ferry'"))


@pytest.mark.long
async def test_a_title_in_the_tags_passes_the_text_filters(
    services, upload, tagged, title_of, filter_ferries
):
    async def count_reports(track_id):
        sql = "select count(*) from outbox where name = $1 and payload->>'content_id' = $2"
        async with services.database.read() as conn:
            return await conn.value(int, sql, "TextFlagged", track_id)

    async def send(title):
        return (await upload(tagged, "boat.mp3", title=title)).json()["data"]["id"]

    refused = await send(None)
    await filter_ferries(TextFilterEffect.REJECT)
    await run_until_empty(services)
    assert await title_of(refused) == "boat"
    await filter_ferries(TextFilterEffect.REPORT)
    flagged, named = await send(None), await send("Boat")
    await run_until_empty(services)
    assert await title_of(flagged) == "Night Ferry"
    assert [await count_reports(each) for each in (flagged, named)] == [1, 0]


async def test_the_owner_alone_sees_the_tags_of_a_file(client, services, creator, upload, tagged):
    track_id = (await upload(tagged, "03.mp3")).json()["data"]["id"]

    async def show(person):
        return await client.get(f"tracks/{track_id}/file", headers=person.headers)

    before = (await show(creator)).json()["data"]
    assert (before["filename"], before["album"]) == ("03.mp3", None)
    await run_until_empty(services)
    shown = (await show(creator)).json()["data"]
    expected = {"filename": "03.mp3", "title": "Night Ferry", "artist": "Ada", "number": 3}
    assert shown.items() >= (expected | {"album": "Harbours", "released": "2026-05-04"}).items()
    assert (await show(await make.person(services))).status_code == 403


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
