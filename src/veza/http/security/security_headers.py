"""Security headers of all responses, and the content policies of pages."""

from collections.abc import Mapping

from veza.http.asgi_scope import Headers

# The end of the policy of a page that other sites may embed.
_FRAMEABLE = b"frame-ancestors *"
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def content_policy(*allowed: str, forms: str = "'none'", frames: str = "'none'") -> str:
    """Return a Content-Security-Policy: nothing is loaded but from the `allowed` sources.

    `forms` is where forms may be sent, and `frames` is which sites may show the page in a frame.
    """
    fixed = ("object-src 'none'", "base-uri 'none'")
    ends = (f"form-action {forms}", f"frame-ancestors {frames}")
    return "; ".join(("default-src 'none'", *allowed, *fixed, *ends))


# No response is meant to run in a browser, but pages, which set their own policy.
_SECURITY_HEADERS = {
    b"content-security-policy": content_policy().encode(),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=()",
    b"cross-origin-resource-policy": b"cross-origin",
}


class SecurityHeaders:
    """Adds the security headers, and `more`, that a response does not set itself."""

    def __init__(self, *, is_production: bool, more: Mapping[str, str]) -> None:
        self._all = list(_SECURITY_HEADERS.items()) + ([_HSTS] if is_production else [])
        self._all += [(name.encode(), value.encode()) for name, value in more.items()]
        self._names = frozenset(name for name, _ in self._all)

    def find_missing(self, given: Headers, names: set[bytes]) -> Headers:
        """Return the headers that a response lacks; `names` are those of the given ones."""
        if names.isdisjoint(self._names):
            return self._all
        policy = dict(given).get(b"content-security-policy", b"")
        without = {b"x-frame-options"} if policy.endswith(_FRAMEABLE) else set[bytes]()
        return [header for header in self._all if header[0] not in names | without]
