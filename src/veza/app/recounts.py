"""Counts that exclude suspended members."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.marketplace.products import service as products
from veza.domains.music.library.service import releases as liked_releases
from veza.domains.music.track_comments import service as track_comments
from veza.domains.music.tracks import service as tracks
from veza.domains.notifications.inbox import service as notifications
from veza.domains.social.post_comments import service as post_comments
from veza.domains.social.posts import service as posts
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

type UpdateHidden = Callable[[Tx, RecountBatch[Any]], Awaitable[Sequence[Any]]]

# Each hides or shows the next batch of what a member did, and updates the counts.
_UPDATES: list[UpdateHidden] = [
    tracks.update_hidden_likes,
    liked_releases.update_hidden_likes,
    track_comments.update_hidden_comments,
    posts.update_hidden_likes,
    post_comments.update_hidden_comments,
    notifications.update_hidden_actor,
    products.update_hidden_products,
]


class RecountMember(Struct, frozen=True):
    """Job: count or uncount what a member did, depending on whether they are suspended."""

    user_id: UserId


async def enqueue_recount(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Enqueue a recount of what the member did. Lists leave suspended members out at once."""
    await enqueue(tx, RecountMember(event.user_id))


async def recount_member(database: Database, job: RecountMember) -> None:
    """Remove what a suspended member did from all counts, or add it again.

    Safe to run twice, concurrently or late: see `recount_in_batches`.
    """
    for update_hidden in _UPDATES:
        await accounts.recount_in_batches(database, job.user_id, update_hidden)
