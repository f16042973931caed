"""The latest quarters are counted again, because appeals of one are decided in the next."""

from veza.core.clock import now
from veza.domains.moderation.transparency import queries, rules
from veza.domains.moderation.transparency.errors import TransparencyOff
from veza.domains.moderation.transparency.models import TransparencyReport, TransparencySettings
from veza.infra.postgres.database import Conn, Tx


async def compute_figures(tx: Tx) -> None:
    """Count the latest quarters, and at first all since something was reported."""
    current = rules.quarter_of(now().date())
    last = await queries.find_last(tx)
    if last is None:
        first_report = await queries.find_first_report(tx)
        first = current if first_report is None else rules.quarter_of(first_report.date())
    else:
        first = rules.quarter_before(last)
    for start in rules.list_quarters(first, current):
        until = rules.begin(rules.quarter_after(start))
        await queries.store_figures(tx, start, rules.begin(start), until)


async def show_report(conn: Conn, settings: TransparencySettings) -> TransparencyReport:
    """Return the figures of all quarters. Raises TransparencyOff."""
    if not settings.is_on:
        raise TransparencyOff
    today = now().date()
    found = await queries.list_quarters(conn)
    return TransparencyReport([rules.show_quarter(each, today) for each in found])
