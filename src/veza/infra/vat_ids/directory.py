"""Asks the directory of the EU (VIES) whether a VAT id exists, with little patience.

It asks the countries in turn, of which some are away at times: then the answer is `unknown`.
"""

import asyncio
import ssl

from msgspec import DecodeError, Struct

from veza.core.clock import now
from veza.core.foreign_json import decode_json
from veza.core.vat_ids import VatIdCheck, VatIdState

# A checkout waits for it.
TIMEOUT_S = 1.5
MAX_AT_ONCE = 4
_MAX_ANSWER_BYTES = 64 * 1024


class _Answer(Struct, frozen=True, rename="camel"):
    # Left out, for example, when the directory of the country is away.
    valid: bool | None = None


class VatIdDirectory:
    """A directory at a URL. More than `at_once` questions are not asked: they are `unknown`."""

    def __init__(
        self, url: str, *, timeout_s: float = TIMEOUT_S, at_once: int = MAX_AT_ONCE
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(at_once)
        self._tls: ssl.SSLContext | None = None

    async def look_up(self, vat_id: str) -> VatIdCheck:
        """Look up an id, which begins with the country. Without an answer in time it is unknown."""
        if self._places.locked():
            return VatIdCheck(VatIdState.UNKNOWN, now())
        async with self._places:
            answer = await self._ask(vat_id)
        states = {True: VatIdState.VALID, False: VatIdState.INVALID, None: VatIdState.UNKNOWN}
        return VatIdCheck(states[answer.valid], now())

    async def _ask(self, vat_id: str) -> _Answer:
        # Imported when an id is looked up: most processes never do, and it takes 15 MB.
        import httpx  # noqa: PLC0415

        from veza.infra.foreign_http.transport import (  # noqa: PLC0415
            GuardedTransport,
            origin_of,
        )

        self._tls = self._tls or httpx.create_ssl_context()
        transport = GuardedTransport({origin_of(self._url)}, self._tls, max_bytes=_MAX_ANSWER_BYTES)
        body = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(transport=transport, trust_env=False, timeout=None) as client,  # noqa: S113
            ):
                answer = await client.post(f"{self._url}/check-vat-number", json=body)
                return decode_json(answer.content, _Answer) if answer.is_success else _Answer()
        except (httpx.HTTPError, TimeoutError, DecodeError):
            return _Answer()
