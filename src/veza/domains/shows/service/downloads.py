"""Owners see how often the episodes of their shows were downloaded."""

from datetime import date, timedelta

from veza.core.access import Member
from veza.core.ids import ShowId
from veza.domains.shows.models.downloads import ShowDownloads
from veza.domains.shows.queries import downloads as queries
from veza.domains.shows.rules.shows import ensure_own
from veza.domains.shows.service import shows
from veza.infra.postgres.database import Conn


async def report_downloads(
    conn: Conn, show_id: ShowId, member: Member, *, today: date, days: int
) -> ShowDownloads:
    """Return the downloads of the last days. Raises ShowNotFound and NotYourShow."""
    ensure_own(await shows.find_visible(conn, show_id, member), member.id)
    since = today - timedelta(days=days - 1)
    by_day = await queries.list_days(conn, show_id, since)
    total = sum(day.downloads for day in by_day)
    return ShowDownloads(total, by_day, await queries.list_episodes(conn, show_id, since))
