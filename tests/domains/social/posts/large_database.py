"""A separate database with many members and posts, for query plans."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.infra.databases import Scratch, execute, keep_unvacuumed, migrated
from tests.plans import HOW, Plan
from veza.app.services import Services
from veza.core.ids import UserId

# Members who post often, who posted once, long ago, and who never did.
_MEMBERS = """
    insert into users (id, username, email, password_hash)
    select gen_random_uuid(), kind || n, kind || n || '@example.com', '!'
      from unnest(array['busy', 'once', 'never', 'viewer']) as kind,
           generate_series(1, case kind when 'viewer' then 5 else $1::integer end) as n
"""
_TRACKS = """
    insert into tracks (id, owner_id, title, visibility, status, duration_ms, format)
    select gen_random_uuid(), id, 'Ferry', 'public', 'ready', 1000, 'flac'
      from users
     where username like 'busy%'
"""
_OLD_POSTS = """
    insert into posts (id, author_id, content, created_at)
    select gen_random_uuid(), id, 'Long ago', now() - interval '1 year' * (1 + random())
      from users
     where username like 'once%'
"""
# By each member in turn, one each second, up to now. One in three has a track.
_POSTS = """
    insert into posts (id, author_id, content, track_id, likes_count, created_at)
    select gen_random_uuid(), busy.id, repeat('word ', 20),
           case when n % 3 = 0 then busy.track_id end, n % 50, now() - n * interval '1 second'
      from generate_series($1::integer, 1, -1) as n
      join (select owner_id as id, id as track_id,
                   row_number() over (order by owner_id) - 1 as number
              from tracks) as busy
        on busy.number = (n::bigint * 7919) % $2::integer
     order by n desc
"""
_LATEST = """
    insert into latest_posts (author_id, post_id, created_at)
    select distinct on (author_id) author_id, id, created_at
      from posts
     order by author_id, created_at desc, id desc
"""
_FOLLOWS = """
    insert into follows (follower_id, followed_id)
    select viewer.id, followed.id
      from users viewer
      join (select id, username,
                   row_number() over (partition by left(username, 4) order by md5(username)) as n
              from users
             where username !~ '^viewer') as followed
        on viewer.username = $1 and followed.username ~ $2 and followed.n <= $3
"""
# Every viewer likes the newest posts, and mutes and blocks a hundred members.
_LIKES = """
    insert into post_likes (post_id, user_id)
    select post.id, viewer.id
      from (select id from posts order by created_at desc limit $1::integer) as post, users viewer
     where viewer.username like 'viewer%'
"""
_MUTES_AND_BLOCKS = """
    with unwanted as (
        select viewer.id as viewer_id, member.id
          from users viewer,
               (select id from users where username !~ '^viewer' order by md5(username) desc
                 limit 100) as member
         where viewer.username like 'viewer%'
    ), muted as (
        insert into mutes (muter_id, muted_id) select viewer_id, id from unwanted
    )
    insert into blocks (blocker_id, blocked_id) select viewer_id, id from unwanted
"""

_FOLLOWED = {
    "busy": ("^busy", 1),
    "once": ("^once", 1),
    "never": ("^never", 1),
    "mixed": ("^(busy|once|never)", 3),
}


class LargeDatabase:
    """A database, its viewers by the kind of members they follow, and query plans."""

    def __init__(self, urls: Scratch, viewers: dict[str, UserId]) -> None:
        self._urls = urls
        self.viewers = viewers

    async def ask(self, sql: str, *args: Any) -> list[Any]:
        return await execute(self._urls.owner_url, sql, *args)

    async def explain(self, sql: str, *args: Any) -> Plan:
        """Run a statement and return its plan."""
        [[text]] = await self.ask(f"explain ({HOW}) {sql}", *args)
        return Plan(text)


@asynccontextmanager
async def large_database(
    services: Services, *, members: int, posts: int, follows: int
) -> AsyncIterator[LargeDatabase]:
    """Create a database: `members` of each kind, `posts`, and `follows` of each viewer."""
    async with migrated(services) as urls:
        await keep_unvacuumed(urls.owner_url)
        ask = LargeDatabase(urls, {}).ask
        await ask(_MEMBERS, members)
        await ask(_TRACKS)
        await ask(_OLD_POSTS)
        await ask(_POSTS, posts, members)
        await ask(_LATEST)
        for number, (followed, parts) in enumerate(_FOLLOWED.values(), 1):
            await ask(_FOLLOWS, f"viewer{number}", followed, follows // parts)
        await ask(_LIKES, posts // 100)
        await ask(_MUTES_AND_BLOCKS)
        await ask("analyze")
        ids = dict(await ask("select username, id from users where username like 'viewer%'"))
        viewers = {kind: ids[f"viewer{n}"] for n, kind in enumerate([*_FOLLOWED, "nobody"], 1)}
        yield LargeDatabase(urls, viewers)
