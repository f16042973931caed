"""Members, staff and their reports, as for the tests of moderation."""

from tests.domains.moderation.conftest import admin, author, judge, moderator, report, reporter

__all__ = ["admin", "author", "judge", "moderator", "report", "reporter"]
