"""Covers over HTTP: made anew of what is sent, or taken out of the sound."""

import base64
import subprocess
import zlib
from uuid import UUID

import pytest

from tests import sounds
from tests.domains.music.audio.storage_steps import files_of
from veza.app.worker import run_until_empty
from veza.domains.music.audio import failed_tracks
from veza.domains.music.audio.jobs import fill_placeholders

SECRET = "taken at home"


@pytest.fixture(scope="module")
def pictures(folder):
    """A picture of each kind that is accepted, each with words in it that are nobody's business."""
    made = {}
    for ending in (".png", ".jpg", ".gif", ".webp"):
        options = ["-metadata", f"comment={SECRET}"]
        made[ending] = sounds.picture(folder / f"cover{ending}", *options).read_bytes()
    # What cameras write: a block of EXIF with words in it, right behind the start of the image.
    exif = b"Exif\x00\x00" + SECRET.encode()
    block = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
    made[".jpg"] = made[".jpg"][:2] + block + made[".jpg"][2:]
    comment = SECRET.encode()
    png = made[".png"]
    made[".png"] = png[:33] + png_chunk(b"tEXt", b"Comment\x00" + comment) + png[33:]
    return made


def png_chunk(name, content):
    checked = name + content
    return len(content).to_bytes(4) + checked + zlib.crc32(checked).to_bytes(4)


def size_of(jpeg):
    """Width and height, from the header of the frame."""
    at = 2
    while jpeg[at + 1] not in {0xC0, 0xC1, 0xC2}:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])


async def cover_of(client, track_id, creator):
    answer = await client.get(f"tracks/{track_id}/cover", headers=creator.headers)
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.content


@pytest.mark.parametrize("ending", [".png", ".jpg", ".gif", ".webp"])
async def test_a_cover_of_each_kind_is_made_anew_without_its_words(
    upload, client, creator, pictures, ending
):
    answer = await upload(cover=pictures[ending])

    assert answer.status_code == 201, answer.text
    track = answer.json()["data"]
    assert set(track["cover_palette"]) == {"dark", "light"}
    assert len(base64.b64decode(track["cover_placeholder"])) == 21
    # It is there to see before the sound is ready.
    jpeg = await cover_of(client, track["id"], creator)
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert size_of(jpeg) == (640, 480)
    assert SECRET.encode() not in jpeg
    assert b"Exif" not in jpeg
    assert track["cover_url"].endswith(f"/tracks/{track['id']}/cover")
    told = await client.head(f"tracks/{track['id']}/cover", headers=creator.headers)
    assert told.headers["content-length"] == str(len(jpeg))


@pytest.mark.long
async def test_a_large_cover_is_made_smaller(upload, client, creator, folder):
    large = sounds.picture(folder / "large.png", width=3000, height=1500).read_bytes()

    track_id = (await upload(cover=large)).json()["data"]["id"]

    assert size_of(await cover_of(client, track_id, creator)) == (1200, 600)


async def test_a_cover_is_had_in_the_next_larger_size(upload, client, creator, folder):
    large = sounds.picture(folder / "wide.png", width=1000, height=500).read_bytes()
    track_id = (await upload(cover=large)).json()["data"]["id"]
    path = f"tracks/{track_id}/cover"

    for wanted, sides in ((1, (64, 32)), (65, (128, 64)), (512, (512, 256)), (769, (1000, 500))):
        answer = await client.get(f"{path}?size={wanted}", headers=creator.headers)
        assert (answer.status_code, size_of(answer.content)) == (200, sides)
        seen = creator.headers | {"if-none-match": answer.headers["etag"]}
        assert (await client.get(f"{path}?size={wanted}", headers=seen)).status_code == 304
    for wrong in ("0", "-1", "10001", "large", "64&format=bmp"):
        answer = await client.get(f"{path}?size={wrong}", headers=creator.headers)
        assert answer.status_code == 400
    # Who may not have the cover gets none of its sizes.
    await client.patch(path[:-6], json={"visibility": "private"}, headers=creator.headers)
    assert (await client.get(f"{path}?size=64")).status_code == 404


@pytest.mark.parametrize(
    "garbage",
    [
        b"This is no picture.",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xe0" + bytes(5000),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        sounds.FRAMELESS_GIF,
    ],
)
async def test_a_cover_that_is_no_picture_is_refused(upload, traces, garbage):
    before = await traces()

    answer = await upload(cover=garbage)

    assert answer.status_code == 415, answer.text
    assert answer.json()["code"] == "not_image"
    assert await traces() == before


async def test_a_cover_after_the_sound_is_refused_too(client, creator, wav, traces):
    before = await traces()
    files = [
        ("title", (None, "Both")),
        ("file", ("a.wav", wav.read_bytes())),
        ("cover", ("a.png", b"no picture")),
    ]

    answer = await client.post("tracks", headers=creator.headers, files=files)

    assert answer.status_code == 415
    assert await traces() == before


async def test_a_cover_of_more_than_ten_mebibytes_is_refused(upload, traces):
    before = await traces()

    answer = await upload(cover=b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024 * 1024))

    assert answer.status_code == 413
    assert answer.json()["code"] == "file_too_large"
    assert await traces() == before


@pytest.mark.long
async def test_a_track_without_a_cover_has_none(client, shop):
    answer = await client.get(f"tracks/{shop.public}/cover")

    assert answer.status_code == 404
    assert answer.json()["code"] == "cover_not_found"


@pytest.fixture(scope="module")
def tagged(folder, wav):
    """An MP3 with a red picture, a genre and a title of its own."""
    red = sounds.picture(folder / "red.png", look="color=red", width=300, height=300)
    mp3 = sounds.write(folder / "plain.mp3", sounds.sine(2))
    target = folder / "tagged.mp3"
    sounds.run_ffmpeg(
        *("-i", str(mp3), "-i", str(red), "-map", "0", "-map", "1", "-c", "copy"),
        *("-disposition:v", "attached_pic", "-metadata", "genre=Dub", "-metadata", "title=Inside"),
        str(target),
        path=target,
    )
    return target.read_bytes()


def mean_colour(jpeg):
    """The picture as one pixel: red, green, blue."""
    command = [str(sounds.ffmpeg_of_the_wheel()), "-loglevel", "error", "-i", "pipe:0"]
    pixel = ["-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    done = subprocess.run([*command, *pixel], input=jpeg, stdout=subprocess.PIPE, check=True)
    return tuple(done.stdout)


@pytest.mark.long
async def test_picture_and_genre_of_the_file_are_used_where_none_is_given(
    upload, client, creator, tagged, work
):
    track_id = (await upload(tagged)).json()["data"]["id"]
    await work()

    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    assert (track["status"], track["genre"]) == ("ready", "dub")
    # Only what its owner calls it is its title.
    assert track["title"] == "A tone"
    red, green, blue = mean_colour(await cover_of(client, track_id, creator))
    assert red > 200
    assert max(green, blue) < 80


@pytest.mark.long
async def test_a_picture_without_a_frame_in_the_file_is_left_out(upload, client, folder, work):
    sound = sounds.write(folder / "bare.mp3", sounds.sine(2), "-id3v2_version", "0").read_bytes()
    frame = b"\x00image/gif\x00\x03\x00" + sounds.FRAMELESS_GIF
    frame = b"APIC" + len(frame).to_bytes(4) + bytes(2) + frame
    assert len(frame) < 128
    answer = await upload(b"ID3\x03" + bytes(5) + bytes([len(frame)]) + frame + sound)
    track_id = answer.json()["data"]["id"]
    await work()

    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    assert (track["status"], track["cover_url"]) == ("ready", None)


@pytest.mark.long
async def test_picture_and_genre_that_are_given_count_before_the_file_s(
    upload, client, creator, tagged, work, folder
):
    blue_one = sounds.picture(folder / "blue.png", look="color=blue").read_bytes()
    track_id = (await upload(tagged, cover=blue_one, genre="Ambient")).json()["data"]["id"]
    await work()

    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    assert (track["status"], track["genre"]) == ("ready", "ambient")
    red, green, blue = mean_colour(await cover_of(client, track_id, creator))
    assert blue > 200
    assert max(red, green) < 80


@pytest.mark.long
async def test_a_private_cover_is_seen_by_its_signed_url(upload, client, pictures, work, other):
    track = (await upload(cover=pictures[".png"], visibility="private")).json()["data"]
    await work()

    assert (await client.get(f"tracks/{track['id']}/cover")).status_code == 404
    assert (
        await client.get(f"tracks/{track['id']}/cover", headers=other.headers)
    ).status_code == 404
    assert (await client.get(track["cover_url"])).status_code == 200
    assert (await client.get(track["cover_url"][:-1] + "x")).status_code == 404


@pytest.mark.long
async def test_the_cover_of_a_failed_track_goes_with_its_file(
    upload, client, creator, services, pictures, work
):
    broken = b"fLaC" + bytes(5000)
    track_id = (await upload(broken, cover=pictures[".png"])).json()["data"]["id"]
    await work()
    cover = await client.get(f"tracks/{track_id}/cover", headers=creator.headers)
    assert cover.status_code == 200
    assert files_of(services, track_id) == {"original", "cover.jpg"}
    async with services.database.transaction() as tx:
        sql = "update track_media set failed_at = now() - interval '8 days' where track_id = $1"
        await tx.run(sql, UUID(track_id))
    await failed_tracks.delete_expired(services.database)
    await work()

    answer = await client.get(f"tracks/{track_id}", headers=creator.headers)
    track = answer.json()["data"]
    assert (track["status"], track["cover_url"]) == ("failed", None)
    cover = await client.get(f"tracks/{track_id}/cover", headers=creator.headers)
    assert cover.status_code == 404
    assert files_of(services, track_id) == set()


@pytest.fixture
def draw(client, folder):
    """Upload an image of one colour: `await draw(person, "blue")` gives its id."""

    async def draw(person, colour):
        path = sounds.picture(folder / f"{colour}.png", look=f"color={colour}", width=99, height=99)
        files = {"file": (path.name, path.read_bytes())}
        answer = await client.post("images", files=files, headers=person.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    return draw


@pytest.mark.long
async def test_an_owner_replaces_and_removes_the_cover(
    upload, client, creator, tagged, draw, work, services
):
    track_id = (await upload(tagged)).json()["data"]["id"]
    await work()
    path = f"tracks/{track_id}/cover"

    async def choose(colour):
        body = {"image_id": await draw(creator, colour)}
        answer = await client.put(path, json=body, headers=creator.headers)
        assert answer.status_code == 200, answer.text
        track = answer.json()["data"]
        return body["image_id"], (track["cover_palette"], track["cover_placeholder"])

    former = await client.get(path)
    first, look = await choose("blue")
    _, later = await choose("lime")
    await work()

    assert all(one != other for one, other in zip(look, later, strict=True))
    red, green, blue = mean_colour(await cover_of(client, track_id, creator))
    assert (green > 200, max(red, blue) < 80) == (True, True)
    shown = await client.get(path)
    assert (shown.headers["cache-control"], shown.headers["etag"] != former.headers["etag"]) == (
        "public, max-age=3600, s-maxage=1",
        True,
    )
    own = await client.get(path, headers=creator.headers)
    assert own.headers["cache-control"] == "private, no-cache"
    assert (await client.get(f"images/{first}", headers=creator.headers)).status_code == 404
    # What came with the file is gone too.
    assert "cover.jpg" not in " ".join(await services.storage.list_keys(f"tracks/{track_id}"))
    removed = await client.delete(path, headers=creator.headers)
    assert removed.json()["data"]["cover_url"] is None
    assert removed.json()["data"]["cover_placeholder"] is None
    assert (await client.get(path)).json()["code"] == "cover_not_found"
    assert (await client.delete(path, headers=creator.headers)).status_code == 200
    await work()


@pytest.mark.long
async def test_a_cover_chosen_while_the_track_is_processed_stays(
    upload, client, creator, tagged, draw, work
):
    track_id = (await upload(tagged)).json()["data"]["id"]
    body = {"image_id": await draw(creator, "blue")}
    path = f"tracks/{track_id}/cover"
    assert (await client.put(path, json=body, headers=creator.headers)).status_code == 200
    await work()

    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    assert (track["status"], mean_colour(await cover_of(client, track_id, creator))[2] > 200) == (
        "ready",
        True,
    )
    await client.delete(f"tracks/{track_id}", headers=creator.headers)
    await work()
    image = await client.get(f"images/{body['image_id']}", headers=creator.headers)
    assert image.status_code == 404


async def test_a_cover_is_an_unused_image_of_the_owner(upload, client, creator, other, draw):
    track_id = (await upload()).json()["data"]["id"]
    path, image_id = f"tracks/{track_id}/cover", await draw(creator, "blue")
    theirs = await draw(other, "lime")
    for person, named, expected in (
        (other, theirs, 404),
        (creator, theirs, 404),
        (creator, track_id, 404),
        (creator, image_id, 200),
        (creator, image_id, 409),
    ):
        answer = await client.put(path, json={"image_id": named}, headers=person.headers)
        assert answer.status_code == expected, answer.text
    assert (await client.delete(path, headers=other.headers)).status_code == 404
    assert (await client.delete(path)).status_code == 401


@pytest.mark.long
async def test_the_sizes_of_a_cover_are_made_with_its_track(
    client, services, creator, upload, pictures
):
    track_id = (await upload(cover=pictures[".png"])).json()["data"]["id"]
    await run_until_empty(services)

    made = set((services.settings.data_dir / "covers").iterdir())
    tags = set()
    for side in (64, 128, 256, 384, 512, 768):
        sizes = {}
        for kind in ("jpeg", "avif"):
            path = f"tracks/{track_id}/cover?size={side}&format={kind}"
            answer = await client.get(path, headers=creator.headers)
            assert (answer.status_code, answer.headers["content-type"]) == (200, f"image/{kind}")
            tags.add(answer.headers["etag"])
            sizes[kind] = len(answer.content)
        assert answer.content[4:12] == b"ftypavif"
        assert sizes["avif"] < sizes["jpeg"]
    assert len(tags) == 12
    assert set((services.settings.data_dir / "covers").iterdir()) == made


@pytest.mark.long
async def test_placeholders_of_older_covers_are_made_later(
    upload, client, creator, tagged, draw, work, services
):
    embedded = (await upload(tagged)).json()["data"]["id"]
    chosen = (await upload()).json()["data"]["id"]
    await work()
    body = {"image_id": await draw(creator, "teal")}
    await client.put(f"tracks/{chosen}/cover", json=body, headers=creator.headers)

    async def read():
        answers = [await client.get(f"tracks/{each}") for each in (embedded, chosen)]
        return [answer.json()["data"]["cover_placeholder"] for answer in answers]

    before = await read()
    async with services.database.transaction() as tx:
        sql = "update tracks set cover_placeholder = null where id = any($1)"
        await tx.run(sql, [embedded, chosen])
    assert await read() == [None, None]

    await fill_placeholders(services.database, services.audio_storage)

    assert [len(each) for each in await read()] == [len(each) for each in before]
