"""Use cases of tracks, also concurrent ones."""

import asyncio
from uuid import uuid4

import pytest
from msgspec import structs

from tests import make
from tests.domains.music.tracks.service_steps import announced, member
from tests.domains.music.tracks.tracks_steps import publish
from tests.make import NO_LINKS
from tests.support.waiting import until_somebody_waits
from veza.core.access import Role
from veza.core.ids import TrackId, new_id
from veza.core.listener_identity import ListenerIdentity
from veza.core.palettes import CoverLook
from veza.core.play_source import PlayClient, PlayReport, PlaySource
from veza.domains.music.track_comments import personal_data as comments_personal
from veza.domains.music.track_comments import service as comments
from veza.domains.music.track_comments.models import CommentForm
from veza.domains.music.tracks import jobs, personal_data
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.music.tracks.models.forms import TrackChange, TrackForm
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.models.personal_tracks import PersonalTracks
from veza.domains.music.tracks.models.tracks import ProcessedAudio
from veza.domains.music.tracks.queries import tracks
from veza.domains.music.tracks.service import (
    track_changes,
    track_likes,
    track_lists,
    track_plays,
    track_search,
    visible_tracks,
)

SOURCE = PlaySource(PlayClient.WEB)
LOOK = CoverLook([250, 100, 60, 120])
FACTS = ProcessedAudio(
    "mp3", 61_000, 192_000, 44_100, 2, -12.5, -0.3, "House", cover_palette=[250, 100, 60, 120]
)


async def shown(tx, track_id, viewer=None):
    return await visible_tracks.get_track(tx, track_id, viewer and viewer.member, NO_LINKS)


async def test_a_new_track_is_processing_and_visible_to_its_owner_only(tx):
    owner, somebody = await member(tx, Role.CREATOR), await member(tx)
    track_id = TrackId(new_id())
    form = TrackForm(title=" Night\n ferry ", genre="  ", tags=["a", " A ", ""])

    await track_changes.create_track(tx, owner.member, track_id, form)

    track = await shown(tx, track_id, owner)
    assert (track.title, track.genre, track.tags, track.status) == (
        "Night ferry",
        None,
        ["A"],
        "processing",
    )
    with pytest.raises(TrackNotFound):
        await shown(tx, track_id, somebody)


async def test_a_finished_track_has_the_facts_and_is_announced_once(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = TrackId(new_id())
    await track_changes.create_track(tx, owner.member, track_id, TrackForm(title="Ferry"))

    assert await track_changes.finish_track(tx, track_id, FACTS)
    assert not await track_changes.finish_track(tx, track_id, FACTS)
    assert not await track_changes.fail_track(tx, track_id, "Too late.")

    track = await shown(tx, track_id)
    assert (track.status, track.duration_seconds, track.format) == ("ready", 61.0, "mp3")
    assert (track.bitrate, track.loudness_lufs, track.true_peak_dbtp) == (192_000, -12.5, -0.3)
    assert track.genre == "House"
    assert await announced(tx, "TrackReady", track_id) == 1
    found = await track_search.search_tracks(
        tx, "ferry house", TrackQuery(5), viewer=None, urls=NO_LINKS
    )
    assert track_id in [track.id for track in found.tracks]


async def test_the_genre_that_the_owner_named_counts_before_the_file_s(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = TrackId(new_id())
    form = TrackForm(title="Ferry", genre="Ambient")
    await track_changes.create_track(tx, owner.member, track_id, form)

    await track_changes.finish_track(tx, track_id, FACTS)

    assert (await shown(tx, track_id)).genre == "ambient"


async def test_a_failed_track_says_why_and_is_announced_once(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = TrackId(new_id())
    await track_changes.create_track(tx, owner.member, track_id, TrackForm(title="Ferry"), LOOK)

    assert await track_changes.fail_track(tx, track_id, "The file breaks off.")
    assert not await track_changes.fail_track(tx, track_id, "Again.")

    track = await shown(tx, track_id, owner)
    assert (track.status, track.failure_reason) == ("failed", "The file breaks off.")
    assert track.cover_url is not None
    assert await announced(tx, "TrackFailed", track_id) == 1


async def test_only_a_failed_track_is_processed_again_and_its_cover_stays(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = TrackId(new_id())
    form = TrackForm(title="Ferry")
    await track_changes.create_track(tx, owner.member, track_id, form, LOOK)
    assert not await track_queries.update_restarted(tx, track_id)
    assert await track_changes.fail_track(tx, track_id, "The file breaks off.")

    assert await track_queries.update_restarted(tx, track_id)
    track = await shown(tx, track_id, owner)
    assert (track.status, track.failure_reason) == ("processing", None)
    assert track.cover_url is not None

    await track_queries.update_covers_gone(tx, [track_id])
    assert (await shown(tx, track_id, owner)).cover_url is None


async def test_a_track_deleted_meanwhile_is_neither_finished_nor_failed(tx):
    track_id = TrackId(new_id())

    assert not await track_changes.finish_track(tx, track_id, FACTS)
    assert not await track_changes.fail_track(tx, track_id, "Gone.")


async def test_an_owner_who_is_gone_gets_no_track(tx):
    owner = await member(tx, Role.CREATOR)
    await tx.run("delete from users where id = $1", owner.id)

    with pytest.raises(NotYourTrack):
        await track_changes.create_track(
            tx, owner.member, TrackId(new_id()), TrackForm(title="Ferry")
        )


async def test_a_deletion_is_announced_for_the_files_to_follow(tx):
    owner = await member(tx, Role.CREATOR)
    track_id = await make.bare_track(tx, owner, "Ferry")

    await track_changes.delete_track(tx, track_id, owner.member)

    assert await announced(tx, "TrackDeleted", track_id) == 1


@pytest.mark.long
async def test_all_tracks_of_an_artist_are_indexed_in_batches(tx):
    owner = await member(tx, Role.CREATOR)
    sql = """
        insert into tracks (id, owner_id, title, visibility, status, duration_ms, format)
        select gen_random_uuid(), $1, 'Ferry ' || n, 'public', 'ready', 1000, 'flac'
          from generate_series(1, 1203) n
    """
    await tx.run(sql, owner.id)
    await tx.run("update users set username = 'Zoela-' || username where id = $1", owner.id)

    for _ in range(2):
        after = None
        while indexed := await track_search.index_batch(tx, owner.id, after):
            after = indexed[-1]

    right = """
        select count(*)
          from track_search s
          join tracks t on t.id = s.id
         where t.owner_id = $1 and s.title_key like 'ferry %' and s.words @@ 'ferry:A & zoela:B'
    """
    assert await tx.value(int, right, owner.id) == 1203


async def test_a_title_that_changes_while_its_artist_is_reindexed_is_kept(services, owner):
    track_id = await publish(services, owner, title="Quartzite Vellum")
    database = services.database
    change = TrackChange(title="Obsidian Parchment")

    async def reindex():
        async with database.transaction() as tx:
            await track_search.index_batch(tx, owner.id, None)

    async with database.transaction() as tx:
        await track_changes.update_track(tx, track_id, owner.member, change, NO_LINKS)
        reindexing = asyncio.create_task(reindex())
        await until_somebody_waits(database)
    await reindexing

    async with database.read() as conn:
        found = await track_search.search_tracks(
            conn, "obsidian", TrackQuery(5), viewer=None, urls=NO_LINKS
        )
    assert [track.id for track in found.tracks] == [track_id]


@pytest.mark.parametrize("what", ["like", "comment", "play", "like_again", "unlike"])
async def test_an_action_that_waits_for_a_deletion_finds_no_track(services, owner, other, what):
    track_id = await publish(services, owner, title="On its way out")
    database = services.database
    if what in {"like_again", "unlike"}:
        async with database.transaction() as tx:
            await track_likes.like(tx, track_id, other.member)

    async def do():
        async with database.transaction() as tx:
            match what:
                case "like" | "like_again":
                    await track_likes.like(tx, track_id, other.member)
                case "unlike":
                    await track_likes.unlike(tx, track_id, other.member)
                case "comment":
                    await comments.comment(tx, track_id, other.member, CommentForm("Stay"))
                case "play":
                    report = PlayReport(60)
                    listener = ListenerIdentity(f"u:{other.id}", "a network", other.id)
                    await track_plays.report_play(tx, track_id, report, listener, SOURCE)

    async with database.transaction() as tx:
        await tracks.delete_track(tx, track_id)
        doing = asyncio.create_task(do())
        await until_somebody_waits(database)
    with pytest.raises(TrackNotFound):
        await doing


async def test_old_plays_are_deleted(services, add, count):
    track_id = await add()
    sql = """
        insert into track_plays (track_id, listener, played_at)
        select $1, 'a:' || n, now() - n * interval '30 minutes' from generate_series(0, 9) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, track_id)

    await jobs.sweep_plays(services.database)

    left = await count("select count(*) from track_plays where track_id = $1", track_id)
    assert left == 4


async def test_all_tracks_of_a_member_are_exported(tx):
    person, somebody = await member(tx, Role.CREATOR), await member(tx)
    mine = [await make.bare_track(tx, person, f"Mine {n}") for n in range(3)]
    await make.bare_track(tx, somebody, "Theirs")

    assert [track.id for track in (await personal_data.export(tx, person.id)).tracks] == mine


async def test_erasing_a_member_leaves_the_counts_of_others_exact(tx):
    person, somebody, artist = [await member(tx, Role.CREATOR) for _ in range(3)]
    own = await make.bare_track(tx, person, "Own")
    track_id = await make.bare_track(tx, artist, "Another's")
    for who in (person, somebody):
        for target in (own, track_id):
            await track_likes.like(tx, target, who.member)
            for _ in range(2):
                await comments.comment(tx, target, who.member, CommentForm("!"))
            report = PlayReport(60)
            listener = ListenerIdentity(f"u:{who.id}", "a network", who.id)
            await track_plays.report_play(tx, target, report, listener, SOURCE)

    for _ in range(2):
        await comments_personal.erase(tx, person.id)
        await personal_data.erase(tx, person.id)

    track = await shown(tx, track_id)
    assert (track.likes_count, track.comments_count, track.plays_count) == (1, 2, 2)
    with pytest.raises(TrackNotFound):
        await shown(tx, own, person)
    assert await announced(tx, "TrackDeleted", own) == 1
    columns = {"track_likes": "user_id", "track_comments": "author_id", "track_plays": "user_id"}
    columns["track_history"] = "user_id"
    for table, column in columns.items():
        left = f"select count(*) from {table} where {column} = $1"
        assert await tx.value(int, left, person.id) == 0, table
    assert await personal_data.export(tx, person.id) == PersonalTracks([], [], [])


async def test_a_list_ends_without_a_cursor(tx):
    owner = await member(tx, Role.CREATOR)
    genre = uuid4().hex
    for n in range(3):
        await make.bare_track(tx, owner, f"Track {n}", genre=genre)
    query = TrackQuery(limit=3, genre=genre)

    whole = await track_lists.list_tracks(tx, query, None, NO_LINKS)
    less = await track_lists.list_tracks(tx, structs.replace(query, limit=2), None, NO_LINKS)

    assert (len(whole.tracks), whole.has_more, whole.next_cursor) == (3, False, None)
    assert (len(less.tracks), less.has_more) == (2, True)
    assert less.next_cursor is not None
