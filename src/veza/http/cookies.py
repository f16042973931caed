"""The cookies in which a browser keeps its tokens: given, read again, and taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from msgspec import Struct

from veza.http.csrf import CsrfTokens
from veza.http.envelope import Envelope
from veza.infra.security.device_tokens import LIFETIME as DEVICE_LIFETIME

ACCESS_COOKIE = "veza_access"
REFRESH_COOKIE = "veza_refresh"
# Of a device that signed in before. It opens nothing: see `infra/security/device_tokens.py`.
DEVICE_COOKIE = "veza_device"

_PATH = "/api/v1"
# The only one that goes with the prefix of their names in production.
_SECURE_PATH = "/"


class TokenHolder(Protocol):
    """An answer that gives tokens."""

    @property
    def access_token(self) -> str:
        """What lets its bearer in."""
        ...

    @property
    def refresh_token(self) -> str:
        """What gets new tokens."""
        ...

    @property
    def expires_in(self) -> int:
        """How many seconds the access token lives."""
        ...


class TokenCookies(Struct, frozen=True):
    """How cookies are made, and how the refresh token's is trusted.

    `session_of` reads the session's id off a refresh token: the CSRF token is bound to that.
    """

    csrf: CsrfTokens
    is_secure: bool
    refresh_lifetime: timedelta
    session_of: Callable[[str], str]

    def give[T: TokenHolder](
        self, answer: T, *, status_code: int = 200, device_token: str | None = None
    ) -> Envelope[T]:
        """Answer with tokens, in the body and in cookies; the device token in a cookie alone."""
        lifetimes = {
            ACCESS_COOKIE: (answer.access_token, answer.expires_in),
            REFRESH_COOKIE: (answer.refresh_token, int(self.refresh_lifetime.total_seconds())),
        }
        cookies = [self._cookie(name, *held) for name, held in lifetimes.items()]
        if device_token is not None:
            cookies.append(self._device_cookie(device_token))
        headers = {"cache-control": "no-store"}
        return Envelope(answer, status_code=status_code, cookies=cookies, headers=headers)

    def take_back[T](self, answer: T, *, device_token: str | None = None) -> Envelope[T]:
        """Answer, and have the browser forget its tokens.

        It keeps that of the device, or gets another one.
        """
        cookies = [self._cookie(name, "", 0) for name in (ACCESS_COOKIE, REFRESH_COOKIE)]
        if device_token is not None:
            cookies.append(self._device_cookie(device_token))
        return Envelope(answer, cookies=cookies)

    def take_back_all[T](self, answer: T) -> Envelope[T]:
        """Answer, and have the browser forget its tokens and that its owner signed in here."""
        taken = (ACCESS_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE)
        return Envelope(answer, cookies=[self._cookie(name, "", 0) for name in taken])

    def trust[T](self, answer: T, device_token: str) -> Envelope[T]:
        """Answer, and have the browser keep another token of its device."""
        return Envelope(answer, cookies=[self._device_cookie(device_token)])

    def find(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
        """Find a cookie of ours, under the name that it has on this server."""
        return connection.cookies.get(cookie_name(name, is_secure=self.is_secure))

    def find_refresh_token(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
        """Read the refresh token's cookie; what it authenticates needs the CSRF token too."""
        token = self.find(connection, REFRESH_COOKIE)
        if token is not None:
            self.csrf.ensure(connection, self.session_of(token))
        return token

    def _device_cookie(self, device_token: str) -> Cookie:
        return self._cookie(DEVICE_COOKIE, device_token, int(DEVICE_LIFETIME.total_seconds()))

    def _cookie(self, name: str, value: str, age_s: int) -> Cookie:
        return Cookie(
            cookie_name(name, is_secure=self.is_secure),
            _SECURE_PATH if self.is_secure else _PATH,
            value,
            max_age=age_s,
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )


def cookie_name(name: str, *, is_secure: bool) -> str:
    """Name a cookie: with the prefix by which browsers take it from this very host and TLS alone.

    Without TLS they would not take it at all.
    """
    return f"__Host-{name}" if is_secure else name
