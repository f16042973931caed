"""The statistics for admins. Each domain counts its own data."""

from collections.abc import Mapping
from functools import partial

from veza.app.backups.target import find_schedule
from veza.app.settings import Settings
from veza.core.money_mode import MoneyMode
from veza.domains.auth.accounts import service as accounts
from veza.domains.chat.conversations import service as conversations
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files import service as files
from veza.domains.gear import service as gear
from veza.domains.images import service as images
from veza.domains.live import service as streams
from veza.domains.marketplace.orders.service import sales
from veza.domains.marketplace.products import service as products
from veza.domains.moderation.appeals import service as appeals
from veza.domains.moderation.reports import service as reports
from veza.domains.music.audio import service as audio
from veza.domains.music.tracks import service as tracks
from veza.domains.platform.backups import service as backups
from veza.domains.platform.monitoring.service import StatisticsQuery
from veza.domains.social.posts import service as posts
from veza.infra.jobs import outbox, queue
from veza.infra.postgres.database import Conn

_STATISTICS: Mapping[str, StatisticsQuery] = {
    "users": accounts.count_users,
    "tracks": tracks.count_tracks,
    "plays": tracks.count_plays,
    "posts": posts.count_posts,
    "products": products.count_products,
    "storage": audio.sum_sizes,
    "conversations": conversations.count_conversations,
    "images": images.count_images,
    "files": files.count_files,
    "blobs": blobs.count_blobs,
    "gear": gear.count_gear,
    "orders": sales.count_orders,
    "streams": streams.count_streams,
    "reports": reports.count_pending,
    "appeals": appeals.count_pending,
    "jobs": queue.count_jobs,
    "events": outbox.count_events,
}


def list_statistics(settings: Settings) -> Mapping[str, StatisticsQuery]:
    """Return the counts to show. `money` covers the current mode of money only.

    In `payments` and `backups`, 1 means yes.
    """
    current = settings.money_mode
    [other] = set(MoneyMode) - {current}

    async def count_providers(_: Conn) -> Mapping[str, int]:
        return {
            "is_live": int(current is MoneyMode.LIVE),
            "is_free_in_production": int(settings.is_free_in_production),
        }

    return {
        **_STATISTICS,
        "backups": partial(backups.count_backups, schedule=find_schedule(settings)),
        "money": partial(sales.sum_money, mode=current),
        "money_of_other_mode": partial(sales.sum_money, mode=other),
        "payments": count_providers,
    }
