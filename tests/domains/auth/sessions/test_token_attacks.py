"""What attackers try with JSON Web Tokens (RFC 8725, ASVS 5.0 chapter 9), one attack a test."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from tests import make
from tests.domains.auth.accounts.people import bearer, is_signed_in, refresh, sign_up
from veza.app.services import Services
from veza.core.clock import now
from veza.infra.security.secrets import DerivedKeys
from veza.infra.security.tokens import TokenSigner

ME = "users/me"

# A public key as anybody may know it. Had we pairs of keys, it would be what confusion is tried
# with: a verifier that takes "HS256" by the token's word would use it as a shared secret.
_PUBLIC_KEY = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""


class Forger:
    """Writes tokens for somebody, as no library would let one."""

    def __init__(self, person: make.Person, key: bytes) -> None:
        self.key = key
        self.head: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}
        moment = int(now().timestamp())
        self.claims: dict[str, Any] = {
            "sub": str(person.id),
            "sid": str(person.member.session_id),
            "role": "user",
            "iss": "veza",
            "aud": "veza:access",
            "iat": moment,
            "exp": moment + 3600,
            "jti": str(uuid4()),
        }

    def token(
        self,
        *,
        head: dict[str, Any] | None = None,
        claims: dict[str, Any] | None = None,
        key: bytes | None = None,
    ) -> str:
        """Write a token with some things changed; signed with our own key, or another."""
        text = f"{_part(self.head | (head or {}))}.{_part(self.claims | (claims or {}))}"
        return f"{text}.{_sign(text, self.key if key is None else key)}"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _sign(text: str, key: bytes) -> str:
    signature = hmac.digest(key, text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def _malformed() -> Iterator[str]:
    yield from ("", "a", "a.b", "a.b.c", "a.b.c.d", "a.b.c.d.e", "....", " . . ", "\0.\0.\0")
    for text in (
        b"[" * 20_000,
        b'{"a":' * 8_000,
        b"{}",
        b"null",
        b'"x"',
        b"\xff",
        b'{"alg":"HS256"',
    ):
        yield f"{base64.urlsafe_b64encode(text).rstrip(b'=').decode()}.e30.AAAA"
    yield f"{_part({'alg': 'HS256', 'zip': 'DEF'})}.e30.AAAA"
    yield f"{_part({'alg': 'dir', 'enc': 'A128GCM'})}..AAAA.AAAA.AAAA"


@pytest.fixture
async def forger(services: Services) -> Forger:
    return Forger(await make.person(services), services.session_tokens.tokens._key)


async def test_an_unforged_token_is_accepted(client: httpx.AsyncClient, forger: Forger) -> None:
    """Were it not, nothing would be shown by the refusals below."""
    assert await _status(client, forger.token()) == 200


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", None])
async def test_the_algorithm_none_is_refused(
    client: httpx.AsyncClient, forger: Forger, name: str | None
) -> None:
    signed = forger.token(head={"alg": name})
    unsigned = f"{signed.rpartition('.')[0]}."

    assert await _status(client, signed) == 401
    assert await _status(client, unsigned) == 401
    assert await _status(client, unsigned.rstrip(".")) == 401


async def test_an_empty_signature_is_refused(client: httpx.AsyncClient, forger: Forger) -> None:
    text = forger.token().rpartition(".")[0]
    for signature in ("", "=", "AA", _sign(text, b"")):
        assert await _status(client, f"{text}.{signature}") == 401


@pytest.mark.parametrize("name", ["HS256", "RS256", "ES256", "PS256", "EdDSA"])
async def test_a_public_key_is_never_taken_for_the_secret(
    client: httpx.AsyncClient, forger: Forger, name: str
) -> None:
    for key in (_PUBLIC_KEY, _PUBLIC_KEY.strip(), base64.b64decode(_PUBLIC_KEY.splitlines()[1])):
        assert await _status(client, forger.token(head={"alg": name}, key=key)) == 401


@pytest.mark.parametrize("name", ["HS384", "HS512", "hs256", "HS256 ", "SHA256"])
async def test_another_algorithm_is_refused_even_with_our_key(
    client: httpx.AsyncClient, forger: Forger, name: str
) -> None:
    assert await _status(client, forger.token(head={"alg": name})) == 401


@pytest.mark.parametrize(
    "kid",
    [
        "/dev/null",
        "../../../../../../dev/null",
        "' union select '' --",
        "| sleep 5",
        "http://127.0.0.1:9/key",
        "\0",
        "a" * 10_000,
    ],
    ids=lambda kid: kid[:20],
)
async def test_a_key_id_chooses_no_key(client: httpx.AsyncClient, forger: Forger, kid: str) -> None:
    for key in (b"", b"\0", b"AA==", kid.encode()):
        assert await _status(client, forger.token(head={"kid": kid}, key=key)) == 401


@pytest.mark.parametrize("kid", [5, None, ["a"], {"a": 1}, True], ids=str)
async def test_a_key_id_that_is_no_text_is_refused(
    client: httpx.AsyncClient, forger: Forger, kid: Any
) -> None:
    assert await _status(client, forger.token(head={"kid": kid}, key=b"")) == 401


async def test_a_key_that_the_token_brings_along_is_not_used(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    mine = b"a key of the attacker's own choice"
    jwk = {"kty": "oct", "alg": "HS256", "k": base64.urlsafe_b64encode(mine).rstrip(b"=").decode()}
    for head in (
        {"jwk": jwk},
        {"jku": "http://127.0.0.1:9/keys.json"},
        {"x5u": "http://127.0.0.1:9/cert.pem"},
        {"x5c": [base64.b64encode(_PUBLIC_KEY).decode()]},
        {"x5t": "AAAA", "x5t#S256": "AAAA"},
    ):
        assert await _status(client, forger.token(head=head, key=mine)) == 401


@pytest.mark.parametrize(
    "head",
    [{"crit": ["x"], "x": 1}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": "x"}],
    ids=str,
)
async def test_an_unknown_critical_header_is_refused(
    client: httpx.AsyncClient, forger: Forger, head: dict[str, Any]
) -> None:
    """RFC 7515, 4.1.11: even where the signature is ours."""
    assert await _status(client, forger.token(head=head)) == 401


@pytest.mark.parametrize("claim", ["sub", "sid", "role", "iss", "aud", "iat", "exp", "jti"])
async def test_a_changed_claim_breaks_the_signature(
    client: httpx.AsyncClient, forger: Forger, claim: str
) -> None:
    head, _, signature = forger.token().split(".")
    changed = {"role": "admin", "iat": 0, "exp": 2**33}.get(claim, str(uuid4()))
    payload = _part(forger.claims | {claim: changed})

    assert await _status(client, f"{head}.{payload}.{signature}") == 401


async def test_every_changed_character_is_noticed(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    token = forger.token()
    for place in range(0, len(token) - 1, 7):
        other = "A" if token[place] != "A" else "B"
        assert await _status(client, token[:place] + other + token[place + 1 :]) == 401, place


@pytest.mark.parametrize(
    "audience",
    [
        "veza:link",
        "veza:chat",
        "veza",
        "",
        None,
        [],
        ["veza:chat"],
        {"veza:access": 1},
        "VEZA:ACCESS",
    ],
    ids=str,
)
async def test_a_token_for_somebody_else_is_refused(
    client: httpx.AsyncClient, forger: Forger, audience: Any
) -> None:
    assert await _status(client, forger.token(claims={"aud": audience})) == 401


async def test_a_token_of_another_kind_with_the_same_key_is_refused(
    client: httpx.AsyncClient, services: Services, forger: Forger
) -> None:
    class Claims(msgspec.Struct):
        sub: str
        sid: str
        role: str

    claims = Claims(*(forger.claims[name] for name in ("sub", "sid", "role")))
    for audience in ("veza:chat", "veza:reset", "veza:verify", "veza:access:2"):
        kind = TokenSigner(forger.key, audience=audience, lifetime=timedelta(hours=1))
        assert await _status(client, kind.sign(claims)) == 401


async def test_a_key_for_another_purpose_signs_no_token(
    client: httpx.AsyncClient, services: Services, forger: Forger
) -> None:
    for purpose in ("csrf", "link", "access", "veza:access"):
        key = services.keys.derive(purpose)
        assert await _status(client, forger.token(key=key)) == 401
    assert await _status(client, forger.token(key=DerivedKeys("x").derive("csrf"))) == 401


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "moment",
    ["never", "", None, [], {}, True, -1, 10**400, -(10**400), 1e308, "1e400"],
    ids=lambda moment: str(moment)[:10],
)
async def test_an_invalid_timestamp_is_refused(
    client: httpx.AsyncClient, forger: Forger, claim: str, moment: Any
) -> None:
    assert await _status(client, forger.token(claims={claim: moment})) in {200, 401}


async def test_a_token_with_extra_characters_is_refused(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    moment = int(now().timestamp())
    for claims in ({"exp": moment - 8}, {"exp": 0}, {"nbf": moment + 8}, {"iat": moment + 8}):
        assert await _status(client, forger.token(claims=claims)) == 401, claims


@pytest.mark.parametrize("token", [*_malformed()], ids=lambda token: token[:16])
async def test_a_malformed_token_is_401(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get(ME, headers=[("authorization", f"Bearer {token}".encode())])

    assert answer.status_code == 401


async def test_a_huge_token_is_refused(client: httpx.AsyncClient, forger: Forger) -> None:
    for claims in ({"padding": "a" * 500_000}, {"padding": ["a"] * 100_000}):
        assert await _status(client, forger.token(claims=claims, key=b"x" * 32)) == 401
    assert await _status(client, "a" * 1_000_000) == 401
    assert await _status(client, "." * 100_000) == 401


async def test_a_refresh_token_is_no_access_token_nor_the_reverse(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)

    assert await _status(client, someone["refresh_token"]) == 401
    assert (await refresh(client, someone["access_token"])).status_code == 401
    assert await is_signed_in(client, someone["access_token"])
    cookie = {"cookie": f"veza_access={someone['refresh_token']}"}
    assert (await client.get(ME, headers=cookie)).status_code == 401


async def test_a_csrf_token_is_not_accepted_as_access_token(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    answer = await client.get("csrf-token", headers=bearer(forger.token()))
    token = answer.json()["data"]["csrf_token"]

    assert await _status(client, token) == 401
    assert (await client.get(ME, headers={"x-csrf-token": token})).status_code == 401


async def test_a_token_in_the_wrong_place_is_not_read(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    token = forger.token()
    for name in ("access_token", "token", "jwt", "authorization", "bearer"):
        assert (await client.get(ME, params={name: token})).status_code == 401
    for name in ("x-access-token", "x-auth-token", "proxy-authorization", "x-api-key"):
        assert (await client.get(ME, headers={name: token})).status_code == 401
    for name in ("access_token", "token", "session", "VEZA_ACCESS", "veza_refresh"):
        assert (await client.get(ME, headers={"cookie": f"{name}={token}"})).status_code == 401
    for scheme in ("Basic", "Token", "JWT", "", "Bearer,"):
        headers = {"authorization": f"{scheme} {token}"}
        assert (await client.get(ME, headers=headers)).status_code == 401, scheme


async def test_the_role_of_the_token_is_the_one_that_was_signed(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    """What a body or a query says of a role makes nobody more than they are."""
    for attempt in ({"role": "admin"}, {"is_admin": True}, {"id": str(uuid4())}):
        answer = await client.put(ME, json=attempt, headers=bearer(forger.token()))
        assert answer.json()["data"]["role"] == "user"
        assert answer.json()["data"]["id"] == forger.claims["sub"]


async def _status(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get(ME, headers=bearer(token))).status_code
