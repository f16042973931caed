"""The picture of a member, as players ask for it."""

from pathlib import Path

import pytest

from tests import make, sounds
from tests.domains.subsonic.players import Player
from veza.core.ids import ProfileId
from veza.domains.images.models import ShownPicture
from veza.domains.platform.uploads.models import FileForm, PreparedForm
from veza.domains.profiles import service
from veza.domains.profiles.models import ProfilePicture


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
