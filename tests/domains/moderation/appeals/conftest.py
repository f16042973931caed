"""Members and their reports, as for the tests of moderation."""

from tests.domains.moderation.reports.report_fixtures import author, judge, report, reporter

__all__ = ["author", "judge", "report", "reporter"]
