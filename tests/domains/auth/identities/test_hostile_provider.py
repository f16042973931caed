"""Nothing that a provider, or somebody between, can send signs in anybody but the one who did."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Litestar

from tests.domains.auth.identities.browsers import new_subject, open_browser, told_by
from tests.fakes.openid_provider import (
    FakeOpenIdProvider,
    Misbehaviour,
    SigningKey,
    sign_by_secret,
    sign_nothing,
)
from veza.app.services import Services

type Json = dict[str, Any]

_AWAY, _NOT_PROVED, _OVER = "identity_provider_away", "identity_not_proved", "attempt_over"
_OTHER_KEY = SigningKey("first")


def _attacks(provider: FakeOpenIdProvider) -> dict[str, tuple[Misbehaviour, str]]:
    """A fault of a provider, and the error code of the page."""
    now = int(time.time())
    key = provider.key

    def claiming(**claims: Any) -> tuple[Misbehaviour, str]:
        return Misbehaviour(claims=claims), _NOT_PROVED

    def writing(write: Callable[[Json], str]) -> tuple[Misbehaviour, str]:
        return Misbehaviour(write_token=write), _NOT_PROVED

    return {
        "another issuer": claiming(iss="https://elsewhere.example"),
        "another audience": claiming(aud="another-client"),
        "many audiences": claiming(aud=["veza", "another-client"]),
        "issued for another party": claiming(azp="another-client"),
        "a swapped nonce": claiming(nonce="of-another-browser"),
        "no nonce": claiming(nonce=None),
        "expired": claiming(exp=now - 3600),
        "issued long ago": claiming(iat=now - 3600),
        "issued in the future": claiming(iat=now + 3600),
        "not valid yet": claiming(nbf=now + 3600),
        "no subject": claiming(sub=""),
        "a subject without end": claiming(sub="x" * 256),
        "a number as subject": claiming(sub=7),
        "not signed": writing(sign_nothing),
        "signed by the public key": writing(
            lambda claims: sign_by_secret(claims, key.public_pem, key.key_id)
        ),
        "signed by another key": writing(_OTHER_KEY.sign),
        "a key that the token brings along": writing(
            lambda claims: _OTHER_KEY.sign(claims, kid="new", jwk=_OTHER_KEY.jwk)
        ),
        "an unknown extension": writing(lambda claims: key.sign(claims, crit=["x"], x=1)),
        "no token at all": writing(lambda _: "nothing"),
        "a number as token": writing(lambda _: 7),  # pyright: ignore[reportArgumentType]
        "another provider's answer": (
            Misbehaviour(answer={"iss": "https://x.example"}),
            _NOT_PROVED,
        ),
        "a state that was not begun": (Misbehaviour(answer={"state": "s" * 22}), _OVER),
        "an answer without end": (Misbehaviour(size=300_000), _AWAY),
        "an answer that never comes": (Misbehaviour(delay_s=30), _AWAY),
        "an error of the provider": (Misbehaviour(status=500), _AWAY),
        "a redirect": (Misbehaviour(status=302, headers={"location": provider.issuer}), _AWAY),
        "a compressed answer": (Misbehaviour(headers={"content-encoding": "gzip"}), _AWAY),
    }


async def test_whatever_a_provider_sends_nobody_else_is_signed_in(
    app: Litestar, services: Services, provider: FakeOpenIdProvider, providers: Any
) -> None:
    found: dict[str, str] = {}
    expected: dict[str, str] = {}
    async with open_browser(app, services, provider) as browser:
        for name, (wrong, code) in _attacks(provider).items():
            provider.wrong = wrong
            told = told_by(await browser.sign_in(new_subject(), email="a@b.example"))
            found[name], expected[name] = told.get("code", "signed in"), code
            assert told["openid"] == "error"
            assert not browser.is_signed_in, name
        provider.behave()
        # The provider is as welcome as before, and told nothing of its own words.
        assert told_by(await browser.sign_in(new_subject(), email=_address()))["openid"] == "done"
    assert found == expected


async def test_an_answer_belongs_to_one_browser_and_works_once(
    app: Litestar, services: Services, provider: FakeOpenIdProvider, providers: Any
) -> None:
    subject = new_subject()
    async with (
        open_browser(app, services, provider) as browser,
        open_browser(app, services, provider) as victim,
    ):
        url = await browser.begin(next="/library")
        back = provider.sign_in(url, subject, email=_address())
        # A link with the answer of an attacker signs nobody in to the account of the attacker.
        await victim.begin()
        assert told_by(await victim.client.get(back))["code"] == _OVER
        assert not victim.is_signed_in
        kept = {"cookie": f"veza_attempt={browser.client.cookies['veza_attempt']}"}
        answer = await browser.client.get(back)
        assert told_by(answer)["openid"] == "done"
        assert answer.headers["location"].startswith("/sign-in?next=%2Flibrary#")
        # Again, with the cookie of the attempt.
        provider.wrong = Misbehaviour(takes_codes_again=True)
        victim.client.cookies.clear()
        assert told_by(await victim.client.get(back, headers=kept))["code"] == _OVER
        provider.behave()
        # What was begun at one provider ends at no other, and after ten minutes nowhere.
        back = provider.sign_in(await browser.begin(), subject)
        assert (
            told_by(await browser.client.get(back.replace("/open/", "/closed/")))["code"] == _OVER
        )
        back = provider.sign_in(await browser.begin(), subject)
        async with services.database.transaction(recorded=False) as tx:
            await tx.run("update openid_attempts set expires_at = now() - interval '1 second'")
        assert told_by(await browser.client.get(back))["code"] == _OVER
        # A code that was used is refused by the provider, whose words are not shown.
        back = provider.sign_in(await browser.begin(), subject)
        code = dict(parse_qsl(urlsplit(back).query))["code"]
        assert told_by(await browser.client.get(back))["openid"] == "done"
        url = await browser.begin()
        query = dict(parse_qsl(urlsplit(provider.sign_in(url, subject)).query)) | {"code": code}
        answer = await browser.client.get(f"{back.partition('?')[0]}?{urlencode(query)}")
        assert told_by(answer) == {"openid": "error", "code": _NOT_PROVED}
        assert "script" not in answer.headers["location"]


async def test_a_page_is_told_that_somebody_changed_their_mind_and_goes_nowhere_else(
    app: Litestar, services: Services, provider: FakeOpenIdProvider, providers: Any
) -> None:
    async with open_browser(app, services, provider) as browser:
        for path in ("https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil", "x"):
            url = await browser.begin(next=path)
            query = dict(parse_qsl(urlsplit(url).query))
            said = {"state": query["state"], "error": "access_denied", "error_description": "<b>"}
            answer = await browser.client.get("auth/openid/open/callback", params=said)
            assert answer.headers["location"] == "/sign-in#openid=error&code=sign_in_denied"
        unknown = await browser.client.get("auth/openid/nobody")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "provider_not_found")


async def test_keys_are_fetched_again_for_a_new_one_and_no_more_than_once_in_five_seconds(
    app: Litestar, services: Services, provider: FakeOpenIdProvider, providers: Any
) -> None:
    async with open_browser(app, services, provider) as browser:
        assert told_by(await browser.sign_in(new_subject(), email=_address()))["openid"] == "done"
        asked = provider.asked["keys"]
        for key in (SigningKey("second"), SigningKey("third")):
            provider.key = key
            provider.published.append(key)
            told = told_by(await browser.sign_in(new_subject(), email=_address()))
            # Keys were fetched a moment ago: a flood of unknown ones costs nothing.
            assert told.get("code") == _NOT_PROVED
        assert provider.asked["keys"] == asked
        kept = providers.connected["open"].client._keys
        kept._fetched_at -= 5
        assert told_by(await browser.sign_in(new_subject(), email=_address()))["openid"] == "done"
        assert provider.asked["keys"] == asked + 1


def _address() -> str:
    return f"{new_subject()}@example.com"
