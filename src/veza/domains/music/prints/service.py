"""Prints are compared when they are stored; what was taken down by law is held for staff."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import TrackId, UserId
from veza.core.recording_prints import RecordingPrint
from veza.core.takedowns import ItemCopy
from veza.domains.moderation.reports import service as reports
from veza.domains.moderation.reports.models import FoundAgain
from veza.domains.moderation.takedowns import service as takedowns
from veza.domains.moderation.takedowns.models import Hold
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.domains.music.prints import queries, rules
from veza.domains.music.prints.models import (
    Comparison,
    FoundMatch,
    KnownCandidate,
    PrintCandidate,
)
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.music.tracks.service.takedowns import TAKEDOWN
from veza.infra.postgres.database import Conn, Database, Tx

_TRACK = "track"
_KINDS = TakedownContext({_TRACK: TAKEDOWN})
_EVIDENCE = {_TRACK: visible_tracks.find_evidence}


async def compare(
    database: Database, recording: RecordingPrint, at_speeds: Sequence[RecordingPrint] = ()
) -> Comparison:
    """Return the index words of a print, and the same recordings among the known ones.

    `at_speeds` are prints of an excerpt that is played faster and slower, to find what was taken
    down.
    """
    terms = rules.choose_terms(recording)
    if not terms:
        return Comparison([], [])
    played = [recording, *at_speeds]
    return Comparison(terms, await find_matches(database, terms, played))


async def find_matches(
    database: Database, terms: Sequence[int], played: Sequence[RecordingPrint]
) -> list[FoundMatch]:
    """Return the known prints that are the same recording, best first; see `compare_all`.

    What was taken down and all others are looked up at once, on two connections.
    """

    async def list_known() -> list[KnownCandidate]:
        sounded = rules.list_sounded(played)
        async with database.read() as conn:
            return await queries.list_known(conn, sounded)

    async def list_candidates() -> list[PrintCandidate]:
        async with database.read() as conn:
            return await queries.list_candidates(conn, terms)

    candidates, known = await asyncio.gather(list_candidates(), list_known())
    return await asyncio.to_thread(compare_all, played, known, candidates)


async def store(
    tx: Tx, track_id: TrackId, recording: RecordingPrint, comparison: Comparison
) -> None:
    """Store the print of a track; do nothing if it has one."""
    print_id = await queries.insert_print(tx, track_id, recording)
    if print_id is not None:
        await queries.insert_terms(tx, print_id, comparison.terms)
        await queries.insert_matches(tx, print_id, comparison.matches)
        # It may have been taken down before it had a print.
        await queries.insert_taken_down(tx, track_id, rules.list_sounded([recording]))


async def hold(tx: Tx, track_id: TrackId, owner_id: UserId, comparison: Comparison) -> None:
    """Hold a track that sounds like one that was taken down, until staff has looked at it.

    Its owner is told, and staff gets a case. Nothing is done about other tracks.
    """
    if comparison.category is None:
        return
    reason = rules.HOLD_REASON
    await takedowns.hold(tx, _KINDS, Hold(_TRACK, track_id, comparison.category, reason))
    found = FoundAgain(_TRACK, track_id, owner_id, comparison.category, rules.REPORT_REASON)
    await reports.report_found(tx, _EVIDENCE, found)


async def list_hints(conn: Conn, track_id: TrackId) -> list[ItemCopy]:
    """Return up to ten public tracks of other members that sound like a track."""
    return await queries.list_hints(conn, track_id)


async def list_copies(conn: Conn, track_id: UUID) -> list[ItemCopy]:
    """Return up to ten tracks of others that are the same recording or file, for staff."""
    return await queries.list_copies(conn, TrackId(track_id))


async def forget(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Delete the prints of deleted tracks; what was taken down by law is remembered without."""
    await queries.update_remembered(tx, track_ids)
    for track_id in track_ids:
        recording = await queries.find_print(tx, track_id)
        if recording is not None:
            await queries.delete_print(tx, track_id, rules.choose_terms(recording))


def compare_all(
    played: Sequence[RecordingPrint],
    known: Sequence[KnownCandidate],
    candidates: Sequence[PrintCandidate],
) -> list[FoundMatch]:
    """Return the candidates that are the same recording, best first.

    `played` are its prints as it is, the first, and at other speeds.
    """
    mine = rules.prepare(played[0])
    compared = [
        *(
            (each, rules.compare_near(played[each.speed], _print_of(each), each.shift))
            for each in known
        ),
        *((each, rules.compare(mine, _print_of(each))) for each in candidates),
    ]
    best = dict[int, FoundMatch]()
    for each, likeness in compared:
        if rules.is_same(likeness):
            found = FoundMatch(each.id, likeness.share, each.category)
            best[each.id] = max(best.get(each.id, found), found, key=lambda match: match.share)
    return sorted(best.values(), key=lambda match: -match.share)


def _print_of(candidate: PrintCandidate) -> RecordingPrint:
    return RecordingPrint(candidate.length, candidate.words)
