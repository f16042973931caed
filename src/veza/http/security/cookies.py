"""The cookies with the tokens of browsers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from msgspec import Struct

from veza.http.responses.envelope import Envelope
from veza.http.security.csrf import CsrfTokens
from veza.infra.security.device_tokens import LIFETIME as DEVICE_LIFETIME

ACCESS_COOKIE = "veza_access"
REFRESH_COOKIE = "veza_refresh"
# Identifies a device that signed in before; grants no access: see `infra.security.device_tokens`.
DEVICE_COOKIE = "veza_device"
# Binds a sign-in at an identity provider to the browser that began it.
ATTEMPT_COOKIE = "veza_attempt"

_PATH = "/api/v1"
# The only path that the prefix `__Host-` allows.
_SECURE_PATH = "/"


class TokenHolder(Protocol):
    """A response body with tokens."""

    @property
    def access_token(self) -> str:
        """The access token."""
        ...

    @property
    def refresh_token(self) -> str:
        """The refresh token."""
        ...

    @property
    def expires_in(self) -> int:
        """The lifetime of the access token in seconds."""
        ...


class TokenCookies(Struct, frozen=True):
    """Creates and reads the cookies.

    `session_of` returns the id of the session in a refresh token, to which CSRF tokens are bound.
    """

    csrf: CsrfTokens
    is_secure: bool
    refresh_lifetime: timedelta
    session_of: Callable[[str], str]

    def set_tokens[T: TokenHolder](
        self, answer: T, *, status_code: int = 200, device_token: str | None = None
    ) -> Envelope[T]:
        """Return tokens in the body and in cookies; the device token only in a cookie."""
        cookies = self._token_cookies(answer)
        if device_token is not None:
            cookies.append(self._device_cookie(device_token))
        headers = {"cache-control": "no-store"}
        return Envelope(answer, status_code=status_code, cookies=cookies, headers=headers)

    def add_tokens(self, response: Response[Any], held: TokenHolder, device_token: str) -> None:
        """Add tokens to a response that does not show them."""
        for cookie in (*self._token_cookies(held), self._device_cookie(device_token)):
            response.set_cookie(cookie)

    def set_attempt(self, response: Response[Any], token: str, lifetime: timedelta) -> None:
        """Add the token of a sign-in at a provider, which the browser brings back from there."""
        age_s = int(lifetime.total_seconds())
        response.set_cookie(self._cookie(ATTEMPT_COOKIE, token, age_s))

    def clear_attempt(self, response: Response[Any]) -> None:
        """Delete the token of a sign-in at a provider."""
        response.set_cookie(self._cookie(ATTEMPT_COOKIE, "", 0))

    def clear_session[T](self, answer: T, *, device_token: str | None = None) -> Envelope[T]:
        """Return a body, and delete the cookies of the session. A device token may be replaced."""
        cookies = [self._cookie(name, "", 0) for name in (ACCESS_COOKIE, REFRESH_COOKIE)]
        if device_token is not None:
            cookies.append(self._device_cookie(device_token))
        return Envelope(answer, cookies=cookies)

    def clear_all[T](self, answer: T) -> Envelope[T]:
        """Return a body, and delete all cookies, the device token too."""
        taken = (ACCESS_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE)
        return Envelope(answer, cookies=[self._cookie(name, "", 0) for name in taken])

    def set_device_token[T](self, answer: T, device_token: str) -> Envelope[T]:
        """Return a body, and set the device token."""
        return Envelope(answer, cookies=[self._device_cookie(device_token)])

    def find(self, connection: ASGIConnection[Any, Any, Any, Any], name: str) -> str | None:
        """Return the value of a cookie, by its name without prefix."""
        return connection.cookies.get(cookie_name(name, is_secure=self.is_secure))

    def find_refresh_token(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
        """Return the refresh token in the cookie. Raises CsrfFailed without a valid CSRF token."""
        token = self.find(connection, REFRESH_COOKIE)
        if token is not None:
            self.csrf.ensure_token(connection, self.session_of(token))
        return token

    def _token_cookies(self, held: TokenHolder) -> list[Cookie]:
        lifetimes = {
            ACCESS_COOKIE: (held.access_token, held.expires_in),
            REFRESH_COOKIE: (held.refresh_token, int(self.refresh_lifetime.total_seconds())),
        }
        return [self._cookie(name, *each) for name, each in lifetimes.items()]

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
    """Return the full name of a cookie: with `__Host-`, which browsers accept over TLS only."""
    return f"__Host-{name}" if is_secure else name
