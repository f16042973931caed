"""Responses that let nginx or the object storage send a file.

Whether a caller may have the file is decided here all the same, for each request. Files whose
downloads are counted, and those that may be taken back at any time, are sent by this server.
"""

from collections.abc import Sequence
from typing import Any

from litestar import Response
from msgspec import Struct

from veza.http.security.client import Network, is_trusted
from veza.infra.storage.buckets import Bucket
from veza.infra.storage.presigned_urls import presign

# How long a URL of the object storage is valid. A download that has begun isn't interrupted.
URL_EXPIRES_S = 300


class FileDelivery(Struct, frozen=True):
    """The server that sends files in place of this one: nginx, or the object storage.

    `accel_location` is the internal location of nginx that serves the local files; only requests
    from trusted proxies are delegated to it. Objects in `bucket` are redirected to.
    """

    trusted_proxies: Sequence[Network] = ()
    accel_location: str | None = None
    bucket: Bucket | None = None

    def accepts_nginx(self, scope: Any) -> bool:
        """Return whether nginx can send a local file in response to a request."""
        if self.accel_location is None:
            return False
        peer: str = scope["client"][0] if scope.get("client") else ""
        return is_trusted(peer, self.trusted_proxies)


def delegate_to_nginx(
    delivery: FileDelivery, key: str, headers: dict[str, str], media_type: str
) -> Response[Any]:
    """Return a response that nginx replaces by the file, in ranges and with its own entity tag."""
    replaced = {"accept-ranges", "etag", "last-modified"}
    kept = {name: value for name, value in headers.items() if name not in replaced}
    kept["x-accel-redirect"] = f"{delivery.accel_location}{key}"
    return Response(b"", status_code=200, headers=kept, media_type=media_type)


def redirect_to_storage(
    bucket: Bucket, key: str, headers: dict[str, str], media_type: str
) -> Response[Any]:
    """Return a redirect to a signed URL, whose response has the same type, name and caching."""
    overrides = {
        "response-content-type": media_type,
        "response-cache-control": headers["cache-control"],
    }
    if "content-disposition" in headers:
        overrides["response-content-disposition"] = headers["content-disposition"]
    url = presign(bucket, key, expires_s=URL_EXPIRES_S, overrides=overrides)
    # Others who may not have the file must not get the URL from a cache.
    redirect = {"location": url, "cache-control": "no-store", "vary": headers["vary"]}
    return Response(b"", status_code=302, headers=redirect, media_type=media_type)
