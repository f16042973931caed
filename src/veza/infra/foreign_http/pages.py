"""Reads pages that strangers name: HTML over HTTPS at public hosts, bounded in size and time."""

import asyncio
import ssl
from collections.abc import Collection

from veza.infra.foreign_http.fetched_page import PageAway
from veza.infra.foreign_http.own_links import find_own_links, read_link_headers

TIMEOUT_S = 10.0


class WebPages:
    """Reads pages. `trusted` are origins that may lie in a private network."""

    def __init__(
        self,
        trusted: Collection[str] = (),
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._trusted = trusted
        self._tls = tls
        self._timeout_s = timeout_s

    async def list_own_addresses(self, url: str) -> list[str]:
        """Return the addresses that a page declares as its author's own, by `rel=me`.

        Raises PageAway and NoPage.
        """
        # Imported when a page is read: not every worker does, and it takes 15 MB.
        from veza.infra.foreign_http.fetching import (  # noqa: PLC0415
            create_tls_context,
            fetch_page,
        )

        self._tls = self._tls or create_tls_context()
        try:
            async with asyncio.timeout(self._timeout_s):
                page = await fetch_page(url, self._trusted, self._tls)
        except TimeoutError as error:
            raise PageAway("no answer in time") from error
        return [*read_link_headers(page.link_headers), *await find_own_links(page.html)]
