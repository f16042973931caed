"""Property test: the counts of tracks match their rows after any actions."""

import asyncio

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests import make
from tests.lives import play_out
from veza.core.access import Role
from veza.core.listener_identity import ListenerIdentity
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.music.track_comments import personal_data as comments_personal
from veza.domains.music.track_comments import service as comments_service
from veza.domains.music.track_comments.errors import CommentNotFound
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks import personal_data
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.service import track_changes, track_likes, track_plays
from veza.infra.postgres.database import Tx

people = st.integers(0, 3)
ROWS = """
    select t.likes_count, t.comments_count, t.plays_count,
           (select count(*) from track_likes l where l.track_id = t.id),
           (select count(*) from track_comments c where c.track_id = t.id)
      from tracks t
     where t.id = $1
"""


class Community(RuleBasedStateMachine):
    """Four members like, comment, play, delete and leave, in a transaction that is rolled back."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    services = None

    tracks = Bundle("tracks")
    comments = Bundle("comments")

    def __init__(self):
        super().__init__()
        self.likes, self.said, self.heard = set(), set(), {}
        self.owners = {}
        self.do(self.begin())

    def do(self, work):
        return self.loop.run_until_complete(work)

    async def begin(self):
        self.raw = await self.services.database.pool.acquire()
        await self.raw.execute("begin")
        self.tx = Tx(self.raw)
        self.people = []
        for _ in range(4):
            member, name = await make.member_in(self.tx, Role.CREATOR)
            self.people.append(make.Person(member, name, ""))

    async def end(self):
        await self.raw.execute("rollback")
        self.services.database.pool.release(self.raw, is_idle=True)

    def teardown(self):
        self.do(self.end())

    @rule(target=tracks, who=people)
    def upload(self, who):
        track_id = self.do(make.bare_track(self.tx, self.people[who], "Ferry"))
        self.owners[track_id] = who
        self.heard[track_id] = set()
        return track_id

    @rule(track_id=tracks, who=people)
    def like(self, track_id, who):
        if self.is_gone(track_id, track_likes.like, self.people[who].member):
            return
        self.likes.add((track_id, who))

    @rule(track_id=tracks, who=people)
    def unlike(self, track_id, who):
        if self.is_gone(track_id, track_likes.unlike, self.people[who].member):
            return
        self.likes.discard((track_id, who))

    @rule(target=comments, track_id=tracks, who=people)
    def comment(self, track_id, who):
        if track_id not in self.owners:
            return None
        author = self.people[who].member
        said = self.do(comments_service.comment(self.tx, track_id, author, CommentForm("!")))
        self.said.add((track_id, said.id, who))
        return track_id, said.id, who

    @rule(said=comments)
    def delete_comment(self, said):
        if said is None:
            return
        track_id, comment_id, who = said
        work = comments_service.delete_comment(
            self.tx, track_id, comment_id, self.people[who].member
        )
        if said in self.said:
            self.do(work)
            self.said.remove(said)
            return
        with pytest.raises((CommentNotFound, TrackNotFound)):
            self.do(work)

    @rule(track_id=tracks, who=people, seconds=st.sampled_from([29, 30]))
    def play(self, track_id, who, seconds):
        if track_id not in self.owners:
            return
        user_id = self.people[who].id
        listener = ListenerIdentity(f"u:{user_id}", "a network", user_id)
        report, source = PlayReport(seconds), PlaySource(PlayClient.WEB)
        state = self.do(track_plays.report_play(self.tx, track_id, report, listener, source))
        assert state.counted == (seconds == 30 and who not in self.heard[track_id])
        if seconds == 30:
            self.heard[track_id].add(who)

    @rule(track_id=consumes(tracks))
    def delete_track(self, track_id):
        if track_id in self.owners:
            owner = self.people[self.owners[track_id]].member
            self.do(track_changes.delete_track(self.tx, track_id, owner))
            self.forget(track_id)

    @rule(who=people)
    def leave(self, who):
        self.do(comments_personal.erase(self.tx, self.people[who].id))
        self.do(personal_data.erase(self.tx, self.people[who].id))
        for track_id in [i for i, owner in self.owners.items() if owner == who]:
            self.forget(track_id)
        self.likes = {like for like in self.likes if like[1] != who}
        self.said = {said for said in self.said if said[2] != who}
        # What was heard was heard; only by whom is forgotten.
        for heard in self.heard.values():
            if who in heard:
                heard.remove(who)
                heard.add(object())

    @invariant()
    def counts_are_what_the_rows_say(self):
        for track_id in self.owners:
            row = self.do(self.raw.fetchrow(ROWS, track_id))
            likes = sum(like[0] == track_id for like in self.likes)
            said = sum(comment[0] == track_id for comment in self.said)
            assert tuple(row) == (likes, said, len(self.heard[track_id]), likes, said)

    def is_gone(self, track_id, use_case, member):
        if track_id in self.owners:
            state = self.do(use_case(self.tx, track_id, member))
            assert state.liked == (use_case is track_likes.like)
            return False
        with pytest.raises(TrackNotFound):
            self.do(use_case(self.tx, track_id, member))
        return True

    def forget(self, track_id):
        del self.owners[track_id]
        del self.heard[track_id]
        self.likes = {like for like in self.likes if like[0] != track_id}
        self.said = {said for said in self.said if said[0] != track_id}


@pytest.mark.long
def test_counts_match_the_rows_after_random_actions(loop, services):
    play_out(Community, 15, 30, derandomize=True, loop=loop, services=services)


@pytest.mark.long
def test_counts_match_the_rows_after_many_random_actions(loop, services):
    play_out(Community, 40, 60, derandomize=False, loop=loop, services=services)
