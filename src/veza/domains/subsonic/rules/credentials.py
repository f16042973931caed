"""The credentials in the parameters of a request."""

from collections.abc import Mapping, Sequence

from veza.domains.auth.app_passwords.models import AppCredentials, SaltedToken
from veza.domains.subsonic.errors import MechanismsConflict, ParameterMissing

_HEX = "enc:"
# What is missing, by whether there are a token and a salt.
_TOKEN_PARTS = {(False, False): "p", (False, True): "t", (True, False): "s"}
_HINT = "Sign in with an app password: as `u` and `p`, as `u`, `t` and `s`, or as `apiKey`."


def read_credentials(parameters: Mapping[str, Sequence[str]], network: str) -> AppCredentials:
    """Return the credentials of a request, whatever form they have.

    Raises MechanismsConflict and ParameterMissing.
    """
    given = {name: values[0] for name, values in parameters.items()}
    key = given.get("apiKey")
    password = given.get("p")
    username = given.get("u")
    token = given.get("t")
    salt = given.get("s")
    has_token = token is not None or salt is not None
    if key is not None:
        if username is not None or password is not None or has_token:
            raise MechanismsConflict
        return AppCredentials(None, key, network)
    if password is not None and has_token:
        raise MechanismsConflict
    if not username:
        raise ParameterMissing(_missing("u") if password is not None or has_token else _HINT)
    if password is not None:
        return AppCredentials(username, _decode(password), network)
    if token is None or salt is None:
        raise ParameterMissing(_missing(_TOKEN_PARTS[token is not None, salt is not None]))
    return AppCredentials(username, SaltedToken(token, salt), network)


def _decode(password: str) -> str:
    """Return a password that may be written in hex, after `enc:`."""
    if not password.startswith(_HEX):
        return password
    try:
        return bytes.fromhex(password.removeprefix(_HEX)).decode()
    except ValueError:
        # No app password: it is refused like any other wrong one.
        return password


def _missing(name: str) -> str:
    return f"The parameter `{name}` is missing."
