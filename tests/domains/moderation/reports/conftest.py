"""Members, their reports, and a track to report."""

import pytest

from tests import make
from tests.domains.moderation.reports.report_fixtures import author, judge, report, reporter
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import TrackId

__all__ = ["author", "judge", "report", "reporter"]


@pytest.fixture
async def track_id(services: Services, author: Person) -> TrackId:
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, author.member, "Night Ferry", description="By me.")
