"""Remembers the prints of what staff takes down by law, so that every look-up finds them."""

from veza.domains.moderation.reports.events import ModerationActionTaken
from veza.domains.moderation.reports.models import ModerationActionType
from veza.domains.music.prints import queries, rules
from veza.infra.postgres.database import Tx


async def remember_recording(tx: Tx, event: ModerationActionTaken) -> None:
    """Store the words of a track that was taken down by law; nothing if it has no print."""
    if event.action is not ModerationActionType.TAKE_DOWN:
        return
    track_id = await queries.find_decided_track(tx, event.action_id)
    recording = track_id and await queries.find_print(tx, track_id)
    if track_id is not None and recording:
        await queries.insert_taken_down(tx, track_id, rules.list_sounded([recording]))
