"""An artist with items, members, and requests that report and take down."""

from tests.domains.moderation.reports.report_fixtures import report, reporter
from tests.domains.moderation.takedowns.takedown_fixtures import artist, items, take_down

__all__ = ["artist", "items", "report", "reporter", "take_down"]
