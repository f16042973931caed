"""The statistics for admins. Each domain counts its own data."""

from collections.abc import Mapping
from functools import partial

from veza.app.backup_schedule import find_schedule
from veza.app.domains import DOMAINS, merge
from veza.app.settings.settings import Settings
from veza.core.money_mode import MoneyMode
from veza.domains.contributions import StatisticsQuery
from veza.domains.marketplace.orders.service import sales
from veza.domains.platform.backups import service as backups
from veza.infra.jobs import outbox, queue
from veza.infra.postgres.database import Conn


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
        **merge(wiring.statistics for wiring in DOMAINS.values()),
        "jobs": queue.count_jobs,
        "events": outbox.count_events,
        "backups": partial(backups.count_backups, schedule=find_schedule(settings)),
        "money": partial(sales.sum_money, mode=current),
        "money_of_other_mode": partial(sales.sum_money, mode=other),
        "payments": count_providers,
    }
