"""Absolute URLs of the API, and signatures that admit callers who cannot send a token.

A signature covers a kind of resource, its ids, and the time at which it expires. Anyone with
the URL can read the resource until then: players, `<img>` elements and download managers send no
`Authorization` header.
"""

import base64
import hashlib
import hmac
import time
from enum import StrEnum

from msgspec import Struct

from veza.core.clock import has_passed

DEFAULT_LIFETIME_S = 3600
# Of what was paid for: an address that is passed on soon serves nobody.
PURCHASE_LIFETIME_S = 900
# Of what staff looks at, which nobody else may have.
REVIEW_LIFETIME_S = 900
# Before all times, so that such a signature is none of a URL that expires.
_NEVER = 0


class Resource(StrEnum):
    """The kind of a resource. It is signed too, so that equal ids of two kinds do not match."""

    TRACK = "track"
    IMAGE = "image"
    PLAYLIST = "playlist"
    PURCHASED_FILE = "purchased_file"
    PURCHASED_TRACK = "purchased_track"
    SHARED_FILE = "shared_file"
    GEAR_DOCUMENT = "gear_document"
    EXPORT = "export"
    RELEASE_ARCHIVE = "release_archive"
    ONBOARDING = "onboarding"
    APPEAL = "appeal"
    REVIEW = "review"
    UNSUBSCRIBE = "unsubscribe"
    STREAM = "stream"
    CALENDAR = "calendar"
    STREAM_RECORDING = "stream_recording"


class UrlSignature(Struct, frozen=True):
    """The signature that a URL carries. `expires` is in Unix seconds."""

    expires: int
    signature: str


class UrlSigner(Struct, frozen=True):
    """Signs resources and checks signatures. `path` is where the API starts, such as `/api/v1`."""

    key: bytes
    path: str

    def builder(self, origin: str) -> "UrlBuilder":
        """Return a builder for clients that reach the server at `origin` (scheme and host)."""
        return UrlBuilder(origin + self.path, self, int(time.time()) + DEFAULT_LIFETIME_S)

    def sign(self, resource: Resource, *ids: object, expires: int) -> str:
        """Return the signature of a resource: 128 bits, URL-safe."""
        text = ":".join([resource, *map(str, ids), str(expires)])
        digest = hmac.digest(self.key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def sign_forever(self, resource: Resource, *ids: object) -> str:
        """Return a signature that never expires, for what does no harm: 128 bits, URL-safe."""
        return self.sign(resource, *ids, expires=_NEVER)

    def is_signed_forever(self, signature: str, resource: Resource, *ids: object) -> bool:
        """Return whether this server made such a signature. Takes the same time for wrong ones."""
        expected = self.sign_forever(resource, *ids)
        return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))

    def is_valid(self, signed: UrlSignature | None, resource: Resource, *ids: object) -> bool:
        """Return whether this server signed the resource, and the signature has not expired.

        Takes the same time for every wrong signature.
        """
        if signed is None or has_passed(signed.expires):
            return False
        expected = self.sign(resource, *ids, expires=signed.expires)
        return hmac.compare_digest(expected.encode(), signed.signature.encode())


class UrlBuilder(Struct, frozen=True):
    """Builds the URLs of one response.

    `base` is the address of the API as the client reached it, without a slash at the end. `expires`
    is when signatures expire, in Unix seconds, unless another time is given.
    """

    base: str
    signer: UrlSigner
    expires: int

    @property
    def origin(self) -> str:
        """Return the address of the server as the client reached it."""
        return self.base.removesuffix(self.signer.path)

    def signed_query(self, resource: Resource, *ids: object) -> str:
        """Return the query string that admits to the resource, starting with `?`."""
        signature = self.signer.sign(resource, *ids, expires=self.expires)
        return f"?expires={self.expires}&signature={signature}"
