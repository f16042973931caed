"""Likes of a member: more than a batch holds."""

from tests import make
from tests.domains.music.tracks.hidden_steps import MANY_LIKED
from veza.domains.music.tracks import personal_data


async def test_all_likes_are_exported_and_erased(tx):
    person, _ = await make.member_in(tx)
    artist, _ = await make.member_in(tx)
    await tx.run(MANY_LIKED, artist.id, person.id)

    exported = await personal_data.export(tx, person.id)
    assert len({activity.track_id for activity in exported.traces}) == 1001

    await personal_data.erase(tx, person.id)
    left = "select count(*) from tracks where owner_id = $1 and likes_count > 0"
    assert await tx.value(int, left, artist.id) == 0
    assert (await personal_data.export(tx, person.id)).traces == []
