"""A page as it was fetched, and why there is none."""

from msgspec import Struct


class PageAway(Exception):
    """A page can't be read at the moment: no answer in time, or an error of its server."""


class NoPage(Exception):
    """There is no HTML page at an address, or it may not be read."""


class FetchedPage(Struct, frozen=True):
    """The values of the `Link` headers of a page, and the beginning of its HTML."""

    link_headers: list[str]
    html: str
