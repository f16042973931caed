"""Terms have no foreign key, whose index would double them: a print is deleted with its own."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ModerationActionId, TrackId, UserId
from veza.core.recording_prints import RecordingPrint
from veza.core.takedowns import ItemCopy, decided_by_law
from veza.core.visibility import active, published_track
from veza.domains.music.prints.models import (
    FoundMatch,
    KnownCandidate,
    PersonalPrint,
    PrintCandidate,
    SoundedWords,
)
from veza.domains.music.prints.rules import SHIFT_STEP
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

MAX_CANDIDATES = 16
MAX_KNOWN = 8
MAX_SHOWN = 10
# A look-up costs no more than this, however often a term occurs.
_MAX_OF_TERM = 100
_MAX_OF_SOUNDED = 20
_LEAST_TERMS = 2
# Words that are shifted by the same: by chance there are two now and then.
_LEAST_SOUNDED = 3

# Why the recording of a print `p` was taken down by law.
_CATEGORY = f"""
    coalesce(
        (select d.category from takedowns d where d.id = p.takedown_id),
        (select d.category
           from takedowns d
          where d.content_type = 'track' and d.content_id = p.track_id and {decided_by_law("d")}))
"""
# The prints that are like that of track $1, which is in one column or the other.
_MATCHES = """
    select o.other_id as id, o.share
      from track_prints m
      join print_matches o on o.print_id = m.id
     where m.track_id = $1
     union all
    select o.print_id, o.share
      from track_prints m
      join print_matches o on o.other_id = m.id
     where m.track_id = $1
"""


def _people(track: str) -> str:
    """Return a select of the owner of a track, and of who runs the page that owns it."""
    return f"""
        select {track}.owner_id as id
         union all
        select m.user_id from profile_members m where m.profile_id = {track}.owner_id
    """


def _of_others(mine: str, other: str) -> str:
    """Return the condition that two tracks are of different people, also by their pages."""
    return f"""not exists (
        select from ({_people(mine)}) as a join ({_people(other)}) as b using (id))
    """


async def list_candidates(conn: Conn, terms: Sequence[int]) -> list[PrintCandidate]:
    """Return the prints that have most terms in common, with at least two."""
    sql = f"""
        select p.id, p.length, p.words, {_CATEGORY} as category
          from (select e.print_id, count(*) as votes
                  from unnest($1::integer[]) as wanted (term)
                 cross join lateral (
                       select t.print_id from print_terms t
                        where t.term = wanted.term
                        limit {_MAX_OF_TERM:d}) as e
                 group by 1
                having count(*) >= {_LEAST_TERMS:d}
                 order by 2 desc, 1
                 limit {MAX_CANDIDATES:d}) as found
          join track_prints p on p.id = found.print_id
         order by found.votes desc, p.id
    """
    return await conn.all(PrintCandidate, sql, list(terms))


async def list_known(conn: Conn, sounded: SoundedWords) -> list[KnownCandidate]:
    """Return the prints of what was taken down that have most words in common at one shift.

    Thousands of words are looked up in the order of the index, whose pages are at hand then: this
    takes a fifth less time than in their order in the recording.
    """
    sql = f"""
        select p.id, p.length, p.words, {_CATEGORY} as category, found.speed, found.shift
          from (select e.print_id, wanted.speed, (e.place - wanted.place) / {SHIFT_STEP:d} as shift,
                       count(*) as votes
                  from (select each.term, each.place, each.speed
                          from unnest($1::integer[], $2::integer[], $3::integer[])
                               as each (term, place, speed)
                         order by term) as wanted
                 cross join lateral (
                       select t.print_id, t.place from taken_down_terms t
                        where t.term = wanted.term
                        limit {_MAX_OF_SOUNDED:d}) as e
                 group by 1, 2, 3
                having count(*) >= {_LEAST_SOUNDED:d}
                 order by 4 desc, 1, 2, 3
                 limit {MAX_KNOWN:d}) as found
          join track_prints p on p.id = found.print_id
         order by found.votes desc, p.id
    """
    return await conn.all(KnownCandidate, sql, sounded.terms, sounded.places, sounded.speeds)


async def insert_taken_down(tx: Tx, track_id: TrackId, sounded: SoundedWords) -> None:
    """Store the words of a track, if it was taken down by law; those that are there stay."""
    sql = f"""
        insert into taken_down_terms (term, print_id, place)
             select w.term, p.id, w.place
               from track_prints p
              cross join unnest($2::integer[], $3::integer[]) as w (term, place)
              where p.track_id = $1 and {_CATEGORY} is not null
        on conflict do nothing
    """
    await tx.run(sql, track_id, sounded.terms, sounded.places)


async def find_decided_track(conn: Conn, action_id: ModerationActionId) -> TrackId | None:
    """Return the track that an action took down by law; None if it did something else."""
    sql = f"""
        select d.content_id
          from takedowns d
         where d.action_id = $1 and d.content_type = 'track' and {decided_by_law("d")}
    """
    found = await conn.value(UUID, sql, action_id)
    return None if found is None else TrackId(found)


async def insert_print(tx: Tx, track_id: TrackId, recording: RecordingPrint) -> int | None:
    """Return the id of a new print; None if the track has one."""
    sql = """
        insert into track_prints (track_id, length, words)
             values ($1, $2, $3)
        on conflict (track_id) do nothing
          returning id
    """
    return await tx.value(int, sql, track_id, recording.length, recording.words)


async def insert_terms(tx: Tx, print_id: int, terms: Sequence[int]) -> None:
    sql = "insert into print_terms (term, print_id) select unnest($2::integer[]), $1"
    await tx.run(sql, print_id, list(terms))


async def insert_matches(tx: Tx, print_id: int, matches: Sequence[FoundMatch]) -> None:
    """Store what a print is like; what was deleted meanwhile is left out."""
    sql = """
        insert into print_matches (print_id, other_id, share)
             select $1, p.id, m.share
               from unnest($2::integer[], $3::real[]) as m (id, share)
               join track_prints p on p.id = m.id
    """
    ids, shares = [each.id for each in matches], [each.share for each in matches]
    await tx.run(sql, print_id, ids, shares)


async def find_print(conn: Conn, track_id: TrackId) -> RecordingPrint | None:
    sql = "select length, words from track_prints where track_id = $1"
    return await conn.maybe(RecordingPrint, sql, track_id)


async def update_remembered(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Keep the prints of tracks that were taken down by law, and forget whose they were."""
    sql = f"""
        update track_prints p
           set takedown_id = d.id, track_id = null
          from takedowns d
         where p.track_id = any($1) and d.content_type = 'track' and d.content_id = p.track_id
           and {decided_by_law("d")}
    """
    await tx.run(sql, list(track_ids))


async def delete_print(tx: Tx, track_id: TrackId, terms: Sequence[int]) -> None:
    sql = """
        with gone as (
            delete from track_prints where track_id = $1 returning id
        )
        delete from print_terms t
         using gone
         where t.term = any($2::integer[]) and t.print_id = gone.id
    """
    await tx.run(sql, track_id, list(terms))


async def list_of(conn: Conn, owner_id: UserId, after: TrackId | None) -> list[TrackId]:
    """Return up to 500 tracks of a member that have a print, in the order of their ids."""
    where = Where()
    where.add("t.owner_id = {}", owner_id)
    if after is not None:
        where.add("t.id > {}", after)
    sql = f"""
        select t.id
          from tracks t
          join track_prints p on p.track_id = t.id
        {where.sql}
         order by t.id
         limit 500
    """
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def list_prints_of(conn: Conn, owner_id: UserId) -> list[PersonalPrint]:
    sql = """
        select t.id as track_id, octet_length(p.words) / 4 as words, p.created_at
          from tracks t
          join track_prints p on p.track_id = t.id
         where t.owner_id = $1
         order by t.id
    """
    return await conn.every(PersonalPrint, sql, owner_id)


async def list_hints(conn: Conn, track_id: TrackId) -> list[ItemCopy]:
    """Return the public tracks of other members that sound like a track, best first."""
    return await _list_like(conn, track_id, f"{published_track('t')} and {active('u')}")


async def list_copies(conn: Conn, track_id: TrackId) -> list[ItemCopy]:
    """Return the tracks of others that are the same recording or file, for staff.

    Private ones are left out, but for those that were taken down, which come first.
    """
    return await _list_like(conn, track_id, "(t.visibility <> 'private' or known.category <> '')")


async def _list_like(conn: Conn, track_id: TrackId, condition: str) -> list[ItemCopy]:
    sql = f"""
        select 'track' as content_type, t.id as content_id, t.title, u.username as owner_name,
               coalesce(f.original_hash = own_file.original_hash, false) as same_file,
               case when f.original_hash = own_file.original_hash then 1 else found.share end
                    as share, known.category
          from ({_MATCHES}) as found
          join track_prints p on p.id = found.id
         cross join lateral (select {_CATEGORY} as category) as known
          left join tracks t on t.id = p.track_id
          left join users u on u.id = t.owner_id
          left join track_media f on f.track_id = t.id
          join tracks own on own.id = $1
          join track_media own_file on own_file.track_id = own.id
         where {condition} and (t.id is null or {_of_others("own", "t")})
         order by known.category is null, found.share desc, t.id
         limit {MAX_SHOWN:d}
    """
    return await conn.all(ItemCopy, sql, track_id)
