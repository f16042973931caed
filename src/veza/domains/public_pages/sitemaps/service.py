"""Each process finds the files of the sitemap at most once in an hour."""

import time
from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import LOWEST_ID
from veza.core.text_mining import MinedKind
from veza.domains.public_pages.sitemaps import queries
from veza.domains.public_pages.sitemaps.models import (
    RobotsPolicy,
    SitemapEntry,
    SitemapFile,
    SitemapSection,
)
from veza.infra.postgres.database import Conn, Database

# Fewer than a file may have: things can become public later, between others.
PAGE_SIZE = 10_000
MAX_ENTRIES = 50_000
# Of the 50,000 files that an index may list.
MAX_FILES = 2_000
_FRESH_S = 3600.0


class Sitemaps:
    """Lists the files of the sitemap: each process finds them once in an hour at most."""

    def __init__(self, robots: RobotsPolicy, page_size: int = PAGE_SIZE) -> None:
        self.robots = robots
        self._page_size = page_size
        self._files: list[SitemapFile] = []
        self._found_at = -_FRESH_S

    async def list_files(self, conn: Conn) -> list[SitemapFile]:
        """Return the files of all sections.

        When they are listed again, the search goes on after the last one that is known, so that its
        cost is that of what was added.
        """
        if time.monotonic() - self._found_at < _FRESH_S:
            return self._files
        known = {file.section: file for file in self._files}
        found = list(self._files)
        for section in SitemapSection:
            await self._find_more(conn, section, known.get(section), found)
        self._files = sorted(found, key=lambda file: (file.section, file.first))
        self._found_at = time.monotonic()
        return self._files

    async def list_entries(
        self, conn: Conn, section: SitemapSection, first: UUID
    ) -> list[SitemapEntry] | None:
        """Return the pages of a file; None if the index has no such file.

        Other ids would be as many addresses as there are things.
        """
        files = [file for file in await self.list_files(conn) if file.section is section]
        starts = [file.first for file in files]
        if first not in starts:
            return None
        following = starts[starts.index(first) + 1 :]
        before = following[0] if following else None
        return await queries.list_entries(conn, section, first, before, MAX_ENTRIES)

    async def _find_more(
        self,
        conn: Conn,
        section: SitemapSection,
        last: SitemapFile | None,
        found: list[SitemapFile],
    ) -> None:
        after, skipped = (LOWEST_ID, 0) if last is None else (last.first, self._page_size - 1)
        while len(found) < MAX_FILES:
            first = await queries.find_first(conn, section, after, skipped)
            if first is None:
                return
            found.append(SitemapFile(section, first))
            after = first
            skipped = self._page_size - 1


async def find_reserved(database: Database, kind: MinedKind, keys: Sequence[str]) -> set[str]:
    """Return which of these items are of profiles that reserve text and data mining."""
    async with database.read() as conn:
        return set(await queries.find_reserved(conn, kind, keys))
