"""The picture of a member, as players ask for it."""

from pathlib import Path

import pytest

from tests import make, sounds
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from veza.core.ids import ProfileId
from veza.domains.images.models import ShownPicture
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.domains.profiles.models.pictures import ProfilePicture
from veza.domains.profiles.service import profiles as service


@pytest.fixture
async def picture(services, artist, tmp_path: Path) -> None:
    """Give the artist a picture."""
    content = sounds.picture(tmp_path / "a.png", width=300, height=200).read_bytes()

    async def chunks():
        yield content

    await service.upload_picture(
        services.uploads,
        services.image_processing,
        artist.member,
        picture=ProfilePicture(ProfileId(artist.id), ShownPicture.AVATAR),
        form=PreparedForm(FileForm(), "a.png", chunks()),
    )


async def test_the_picture_of_a_member_is_served(player: Player, artist, picture, services):
    answer = await player.send("getAvatar", username=artist.username)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    cover = await player.send("getCoverArt", id=f"ar-{artist.id}")
    assert cover.content == answer.content

    await make.suspended(services, artist)
    assert await player.code("getAvatar", username=artist.username) == 70


async def test_the_picture_of_an_artist_is_announced_as_long_as_there_is_one(
    player: Player, artist, picture, services
):
    artist_id = f"ar-{artist.id}"
    await release(
        services, artist, "Ferries", await sounding_track(services, artist, "Night Ferry")
    )

    async def look() -> tuple[bool, bool, str]:
        """Return whether lists and the artist have a picture, and its address in the notes."""
        letters = (await player.get("getArtists"))["artists"]["index"]
        [listed] = [one for each in letters for one in each["artist"] if one["id"] == artist_id]
        shown = (await player.get("getArtist", id=artist_id))["artist"]
        notes = (await player.get("getArtistInfo2", id=artist_id))["artistInfo2"]
        return "coverArt" in listed, "coverArt" in shown, notes["largeImageUrl"]

    async def change(sql: str) -> None:
        async with services.database.transaction() as tx:
            await tx.run(sql, artist.id)

    listed, shown, url = await look()
    assert (listed, shown) == (True, True)
    picture_path = f"/api/v1/profiles/{artist.id}/avatar?version="
    assert picture_path in url
    assert url.startswith("http")
    await change("update profiles set avatar_id = null where id = $1")
    assert await look() == (False, False, "")
    await change(
        "update profiles set avatar_id = (select id from images where owner_id = $1) where id = $1"
    )
    assert await look() == (True, True, url)
