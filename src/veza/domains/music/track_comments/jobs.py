"""Reactions to events, and jobs."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.music.track_comments import service
from veza.domains.music.track_comments.models import RecountTrackComments
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_track_comment_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of the tracks that the member commented on."""
    await enqueue(tx, RecountTrackComments(event.user_id))


async def recount_track_comments(database: Database, job: RecountTrackComments) -> None:
    """Remove a suspended member's comments from the counts of tracks, or add them again.

    Safe to run twice, concurrently or late: see `recount_in_parts`.
    """
    await accounts.recount_in_parts(database, job.author_id, service.update_hidden_comments)
