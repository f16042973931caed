"""Requests of people without an account, who order for an address."""

from veza.core.guest_request import GuestRequest
from veza.core.languages import find_language
from veza.http.dependencies import AnyRequest, client_of
from veza.http.requests.idempotency import find_key, read_fingerprint


async def read_guest_request(request: AnyRequest) -> GuestRequest:
    """Return what a request says besides its form. Raises Invalid for a malformed key."""
    return GuestRequest(
        ip=client_of(request).address,
        language=find_language(request.headers.get("accept-language", "")),
        key=find_key(request),
        fingerprint=await read_fingerprint(request),
    )
