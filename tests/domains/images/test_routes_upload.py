"""Uploading pictures: what becomes of them, and what is refused without leaving a trace."""

import asyncio
import struct

import pytest
from msgspec import structs

from tests import make, sounds
from tests.http.apps import replaced
from veza.core.access import Role
from veza.core.errors import Unauthenticated
from veza.domains.images import rules
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.domains.images.service import images as service
from veza.domains.platform.uploads.models import FileForm, PreparedForm

# What cameras write: where the picture was taken, 48° 51' 24" north.
GPS_WORDS = b"\x00\x00\x00\x30\x00\x00\x00\x01\x00\x00\x00\x33\x00\x00\x00\x01\x00\x00\x00\x18"


def with_place(jpeg: bytes) -> bytes:
    """Put a block of EXIF that names a place right behind the start of a JPEG."""
    entries = struct.pack(">H", 1) + struct.pack(">HHII", 0x8825, 4, 1, 26) + bytes(4)
    gps = struct.pack(">H", 1) + struct.pack(">HHII", 2, 5, 3, 44) + bytes(4) + GPS_WORDS
    exif = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08" + entries + gps
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


async def shown(client, image):
    """Load an image by the URL that its owner was told."""
    answer = await client.get(image["url"])
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("ending", [".png", ".jpg", ".gif", ".webp"])
async def test_each_kind_of_picture_becomes_a_jpeg(client, upload, tmp_path, ending):
    source = sounds.picture(tmp_path / f"a{ending}", width=320, height=240)

    answer = await upload(source.read_bytes())

    assert answer.status_code == 201, answer.text
    image = answer.json()["data"]
    assert (image["width"], image["height"]) == (320, 240)
    assert (await shown(client, image))[:3] == b"\xff\xd8\xff"


async def test_a_large_picture_is_made_smaller(upload, tmp_path):
    source = sounds.picture(tmp_path / "a.png", width=3200, height=1000, look="color=c=green")
    image = (await upload(source.read_bytes())).json()["data"]

    assert (image["width"], image["height"]) == (1600, 500)


async def test_where_a_photograph_was_taken_is_not_kept(client, upload, tmp_path):
    photograph = with_place(sounds.picture(tmp_path / "a.jpg").read_bytes())
    assert GPS_WORDS in photograph
    answer = await upload(photograph)

    assert answer.status_code == 201, answer.text
    jpeg = await shown(client, answer.json()["data"])
    assert GPS_WORDS not in jpeg
    assert b"Exif" not in jpeg


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "image_unreadable"),
        (b"This is no picture.", 415, "image_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "image_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 415, "image_unreadable"),
        (sounds.FRAMELESS_GIF, 415, "image_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MAX_IMAGE_BYTES), 413, "image_too_large"),
    ],
    ids=["empty", "text", "drawing", "damaged", "frameless", "large"],
)
async def test_what_is_no_picture_of_ours_is_refused_and_leaves_nothing(
    upload, traces, content, status, code
):
    before = await traces()
    answer = await upload(content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await traces() == before


@pytest.mark.long
async def test_a_small_file_that_unfolds_to_very_much_is_refused(upload, traces, tmp_path):
    bomb = sounds.picture(tmp_path / "a.png", width=7200, height=7200, look="color=c=black")
    assert bomb.stat().st_size < 1_000_000
    before = await traces()
    answer = await upload(bomb.read_bytes())

    assert (answer.status_code, answer.json()["code"]) == (415, "image_unreadable")
    assert "50 million pixels" in answer.json()["error"]
    assert await traces() == before


async def test_a_picture_thinner_than_anything_is_made_or_refused_in_words(upload, tmp_path):
    line = sounds.picture(tmp_path / "a.png", width=16_000, height=1, look="color=c=black")
    answer = await upload(line.read_bytes())

    assert answer.status_code in {201, 415}, answer.text


async def test_the_form_is_read_strictly(client, ann, picture, traces):
    before = await traces()
    forms = [
        ({"picture": ("a.png", picture)}, 400, "image_missing"),
        ({"file": (None, "no file")}, 400, "image_missing"),
        ([("file", ("a.png", picture)), ("file", ("b.png", picture))], 400, "invalid_input"),
    ]
    for files, status, code in forms:
        answer = await client.post("images", headers=ann.headers, files=files)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    answer = await client.post("images", headers=ann.headers, json={"file": "a"})
    assert answer.status_code == 415
    assert await traces() == before


async def test_who_isnt_signed_in_uploads_nothing(client, picture):
    answer = await client.post("images", files={"file": ("a.png", picture)})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_member_has_room_for_fifty_that_arent_shown(
    client, services, ann, bob, upload, traces
):
    async with services.database.transaction() as tx:
        kept = [await make.bare_image(tx, ann.member) for _ in range(rules.MAX_UNUSED - 1)]
    # Of several at once no more than fit are taken.
    answers = await asyncio.gather(*(upload() for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    before = await traces()
    refused = await upload()
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_images")
    assert await traces() == before
    assert (await upload(by=bob)).status_code == 201

    async with services.database.transaction() as tx:
        await service.show_images(tx, ann.id, kept[:1], is_public=True)
    assert (await upload()).status_code == 201


async def test_where_no_place_comes_free_pictures_and_covers_are_asked_for_again(
    app, client, services, upload, picture, traces
):
    creator = await make.person(services, Role.CREATOR)
    crowded = structs.replace(services.image_processing, places=asyncio.Semaphore(1), patience_s=0)
    audio = structs.replace(services.audio_storage, covers=crowded)
    with replaced(app, crowded), replaced(app, audio):
        before = await traces()
        async with crowded.places:
            files = {"cover": ("a.png", picture), "file": ("a.wav", b"")}
            answers = [
                await upload(),
                await client.post("tracks", headers=creator.headers, files=files),
            ]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert all(answer.json()["code"] == "unavailable" for answer in answers)
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        assert await traces() == before
        # Who waited in vain has taken no place.
        crowded = structs.replace(crowded, patience_s=30)
        with replaced(app, crowded):
            assert (await upload()).status_code == 201
        assert not crowded.places.locked()


async def test_an_upload_whose_member_is_erased_meanwhile_leaves_nothing(
    client, services, ann, picture, traces
):
    before = await traces()

    async def chunks():
        async with services.database.transaction() as tx:
            await tx.run("delete from users where id = $1", ann.id)
        yield picture

    form = PreparedForm(FileForm(), "a.png", chunks())
    with pytest.raises(Unauthenticated):
        await service.upload_image(
            services.uploads,
            services.image_processing,
            ann.member,
            form=form,
            urls=make.NO_LINKS,
        )
    assert await traces() == before
