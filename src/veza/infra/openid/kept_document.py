"""A document of a provider, kept in memory and fetched again now and then."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from veza.infra.openid.errors import IdentityProviderAway

# A fresh copy is used without a request; an older one while the provider is away.
_FRESH_S = 3600
_KEPT_S = 24 * 3600
# However many sign in or name unknown keys, a provider is asked once in so many seconds.
_PAUSE_S = 5


class KeptDocument[T]:
    """Fetches a document once for all who wait. `fetch` raises IdentityProviderAway."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._document: T | None = None
        self._fetched_at = 0.0
        self._failed_at: float | None = None

    async def get(self) -> T:
        """Return the document, at most an hour old if the provider answers."""
        async with self._lock:
            return await self._load(_FRESH_S)

    async def renew(self) -> T:
        """Return the document, at most five seconds old if the provider answers."""
        async with self._lock:
            return await self._load(_PAUSE_S)

    async def _load(self, max_age_s: float) -> T:
        age_s = time.monotonic() - self._fetched_at
        if self._document is not None and age_s < max_age_s:
            return self._document
        try:
            self._ensure_no_pause()
            self._document = await self._fetch()
        except IdentityProviderAway:
            if self._document is None or age_s > _KEPT_S:
                raise
        else:
            self._fetched_at, self._failed_at = time.monotonic(), None
        return self._document

    def _ensure_no_pause(self) -> None:
        now = time.monotonic()
        if self._failed_at is not None and now - self._failed_at < _PAUSE_S:
            raise IdentityProviderAway
        # Until the fetch succeeds: also if it is cancelled, as at the end of its time.
        self._failed_at = now
