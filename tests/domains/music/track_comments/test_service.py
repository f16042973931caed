"""Use cases of comments on tracks."""

from tests import make
from tests.domains.music.track_comments.service_steps import MANY_TRACKS
from tests.domains.music.tracks.service_steps import announced, member
from tests.domains.music.tracks.tracks_steps import STATES
from veza.core.access import Role
from veza.domains.music.track_comments import personal_data, service
from veza.domains.music.track_comments.models import CommentForm


async def test_a_comment_on_a_track_of_unknown_length_may_stand_anywhere(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = await make.bare_track(tx, owner, "Ferry", **STATES["processing"])

    said = await service.comment(
        tx, track_id, owner.member, CommentForm("Here", position_seconds=900)
    )

    assert said.position_seconds == 900
    assert await announced(tx, "TrackCommented", track_id) == 1


async def test_all_comments_of_a_member_are_exported(tx):
    person, somebody = await member(tx), await member(tx, Role.CREATOR)
    track_id = await make.bare_track(tx, somebody, "Theirs")
    sql = """
        insert into track_comments (id, track_id, author_id, content)
        select gen_random_uuid(), $1, $2, 'said ' || n from generate_series(1, 1001) n
    """
    await tx.run(sql, track_id, person.id)
    await tx.run(sql, track_id, somebody.id)

    handed_out = await personal_data.export(tx, person.id)

    assert len({said.id for said in handed_out.comments}) == 1001
    own = "select count(*) from track_comments where author_id = $1 and id = any($2)"
    ids = [said.id for said in handed_out.comments]
    assert await tx.value(int, own, person.id, ids) == 1001


async def test_comments_on_more_tracks_than_a_page_holds_are_all_erased_and_uncounted(tx):
    person, artist = await member(tx), await member(tx, Role.CREATOR)
    await tx.run(MANY_TRACKS, artist.id, person.id)

    await personal_data.erase(tx, person.id)

    left = "select count(*) from track_comments where author_id = $1"
    assert await tx.value(int, left, person.id) == 0
    counted = "select sum(comments_count)::int from tracks where owner_id = $1"
    assert await tx.value(int, counted, artist.id) == 0
