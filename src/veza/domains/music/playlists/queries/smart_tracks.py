"""Finds the tracks that meet a smart playlist's rules; only its owner gets own private ones.

Public tracks and the owner's other tracks are found apart, so that each can use an index.
"""

from datetime import timedelta

from veza.core.ids import UserId
from veza.core.normalize import fold_tag
from veza.core.visibility import blocked_ids, published_track, suspended_ids
from veza.domains.music.playlists.models.entries import SmartTrack
from veza.domains.music.playlists.models.smart_rules import SmartQuery, SmartRules, SmartSort
from veza.domains.music.tracks.models.lists import SortOrder
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# A shuffled playlist is drawn from so many of the newest tracks: all have to be hashed and sorted.
MAX_SHUFFLED = 5_000

_IS_PUBLIC = f"""
    {published_track("t")}
    and t.owner_id not in ({suspended_ids()})
"""
_SORT_KEY = {
    SmartSort.CREATED_AT: "t.created_at",
    SmartSort.TITLE: "lower(t.title)",
    SmartSort.PLAYS_COUNT: "t.plays_count",
    SmartSort.LIKES_COUNT: "t.likes_count",
    SmartSort.DURATION: "coalesce(t.duration_ms, 0)",
    SmartSort.SHUFFLE: "t.created_at",
}


async def list_smart_tracks(conn: Conn, rules: SmartRules, query: SmartQuery) -> list[SmartTrack]:
    """Return a part of the tracks that meet the rules of a member.

    Only the owner sees their tracks that are not public. Artists with a block between them and the
    owner or the viewer are left out.
    """
    where = Where()
    owner_id = query.owner_id
    is_shuffled = rules.sort is SmartSort.SHUFFLE
    key = _SORT_KEY[rules.sort]
    direction = "desc"
    if rules.order is SortOrder.ASC and not is_shuffled:
        direction = "asc"
    most = MAX_SHUFFLED if is_shuffled else query.offset + query.limit
    order = f"key {direction}, id {direction}"
    blocked = _blocked(where, owner_id, query.viewer_id)
    sources = [_select(where, rules, owner_id, f"{_IS_PUBLIC} and {blocked}", public=True)]
    if query.viewer_id == owner_id:
        own = f"t.owner_id = {where.bind(owner_id)} and t.status = 'ready'"
        not_public = f"{own} and t.visibility <> 'public'"
        sources.append(_select(where, rules, owner_id, not_public, public=False))
    parts = [
        f"(select t.id, t.created_at, {key} as key {source} order by {order} limit {most:d})"
        for source in sources
    ]
    shuffled = f"uuid_hash_extended(id, {where.bind(rules.seed)}), id" if is_shuffled else order
    sql = f"""
        with found as (
            select id, created_at, key
              from ({" union all ".join(parts)}) as parts
             order by {order}
             limit {most:d}
        )
        select id as track_id, created_at as added_at
          from found
         order by {shuffled}
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(SmartTrack, sql, *where.values)


def _blocked(where: Where, owner_id: UserId, viewer_id: UserId | None) -> str:
    people = where.bind([owner_id] if viewer_id is None else [owner_id, viewer_id])
    # With an array of unknown people, the planner may expect no tracks at all, and read all tracks.
    return f"t.owner_id not in ({blocked_ids(f'any({people}::uuid[])')})"


def _select(
    values: Where, rules: SmartRules, owner_id: UserId, condition: str, *, public: bool
) -> str:
    """Return the `from` and `where` of the tracks that meet a condition and the rules."""
    where = Where()
    # The placeholders of both sources count on.
    where.values = values.values
    where.add(condition)
    _add_music(where, rules, public=public)
    _add_times(where, rules)
    _add_member(where, rules, owner_id)
    return f"from tracks t {where.sql}"


def _add_music(where: Where, rules: SmartRules, *, public: bool) -> None:
    if rules.genres:
        where.add("lower(t.genre) = any({})", rules.genres)
    where.add_filter("t.year >= {}", rules.min_year)
    where.add_filter("t.year <= {}", rules.max_year)
    if rules.artist_ids:
        where.add("t.owner_id = any({})", rules.artist_ids)
    if rules.tags and public:
        tags = "select from track_tags g where g.track_id = t.id and g.key = any({})"
        where.add(f"exists ({tags})", [fold_tag(tag) for tag in rules.tags])
    elif rules.tags:
        # Only the tags of public tracks are stored by their folded names.
        tags = "select from unnest(t.tags) as g (tag) where lower(g.tag) = any({})"
        where.add(f"exists ({tags})", [tag.lower() for tag in rules.tags])


def _add_member(where: Where, rules: SmartRules, owner_id: UserId) -> None:
    if rules.liked is not None:
        likes = "select from track_likes k where k.track_id = t.id and k.user_id = {}"
        where.add(f"{'' if rules.liked else 'not '}exists ({likes})", owner_id)
    if rules.played is not None:
        plays = "select from track_history h where h.track_id = t.id and h.user_id = {}"
        where.add(f"{'' if rules.played else 'not '}exists ({plays})", owner_id)
    _add_plays(where, rules, owner_id)
    if rules.min_rating is not None:
        ratings = "track_ratings r where r.track_id = t.id and r.user_id = {} and r.rating >= {}"
        where.add(f"exists (select from {ratings})", owner_id, rules.min_rating)


def _add_plays(where: Where, rules: SmartRules, owner_id: UserId) -> None:
    plays = "select from track_history h where h.track_id = t.id and h.user_id = {}"
    since = "h.last_played_at >= now() - {}::interval"
    if rules.min_plays:
        where.add(f"exists ({plays} and h.plays_count >= {{}})", owner_id, rules.min_plays)
    if rules.max_plays is not None:
        where.add(f"not exists ({plays} and h.plays_count > {{}})", owner_id, rules.max_plays)
    if rules.played_within_days is not None:
        age = timedelta(days=rules.played_within_days)
        where.add(f"exists ({plays} and {since})", owner_id, age)
    if rules.not_played_for_days is not None:
        age = timedelta(days=rules.not_played_for_days)
        where.add(f"not exists ({plays} and {since})", owner_id, age)


def _add_times(where: Where, rules: SmartRules) -> None:
    where.add_filter("t.created_at >= {}", rules.added_since)
    if rules.added_within_days is not None:
        age = timedelta(days=rules.added_within_days)
        where.add("t.created_at >= now() - {}::interval", age)
    if rules.min_duration_seconds is not None:
        where.add("coalesce(t.duration_ms, 0) >= {}", rules.min_duration_seconds * 1000)
    if rules.max_duration_seconds is not None:
        where.add("coalesce(t.duration_ms, 0) <= {}", rules.max_duration_seconds * 1000)
