"""Refuses pages without a text, and too many tests of mail and storage."""

from veza.core.errors import NotFound, TooManyRequests


class SitePageNotFound(NotFound):
    """There is no such page, or it has no text."""

    code = "site_page_not_found"
    message = "This site has no such page."


class TooManySiteTests(TooManyRequests):
    """Mail or storage was tested too often."""

    code = "too_many_site_tests"
    message = "This was tested ten times in ten minutes: wait a few minutes."
