"""Parameters of players that are out of every range, and songs that are asked for by name."""

from itertools import product

import pytest

from tests import make
from tests.domains.subsonic.players import Player, sounding_track
from veza.app.services import Services
from veza.domains.subsonic.routes.rest import ENDPOINTS

_NUMBERS = ("size", "count", "offset", "fromYear", "toYear", "rating", "position", "positionMs")
_NUMBERS += ("currentIndex", "maxBitRate", "timeOffset", "time", "ifModifiedSince", "expires")
_NUMBERS += ("songIndexToRemove", "artistCount", "albumOffset", "songCount", "songOffset")


async def test_no_number_is_too_large_for_any_endpoint(player: Player, services: Services) -> None:
    track_id = await sounding_track(services, player.owner, "Night Ferry")
    given = {"id": f"tr-{track_id}", "mediaId": f"tr-{track_id}", "state": "playing"}
    given |= {"type": "byYear", "query": "ferry", "genre": "x", "artist": "x", "name": "x"}
    given |= {"mediaType": "song"}
    for name, number in product(ENDPOINTS, (10**14, -(10**14))):
        answer = await player.send(name, f="json", **given, **dict.fromkeys(_NUMBERS, number))
        assert answer.status_code < 500, (name, number, answer.text)


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
async def test_lyrics_are_found_by_name_if_the_song_is_public_or_the_callers_own(
    player: Player, services: Services, visibility: str
) -> None:
    other = Player(player.http, stranger := await make.person(services), "")
    other.password = await make.app_password(services, stranger)
    title = f"Ferry, {visibility}"
    track_id = await sounding_track(services, player.owner, title, visibility=visibility)
    async with services.database.transaction() as tx:
        await tx.run("insert into track_lyrics (track_id, plain) values ($1, 'La la')", track_id)
        await make.keep_quiet(tx)

    asked = {"artist": player.owner.username.upper(), "title": title.lower()}
    own, seen = [(await one.get("getLyrics", **asked))["lyrics"] for one in (player, other)]

    assert own["value"] == "La la"
    assert seen["value"] == ("La la" if visibility == "public" else "")
