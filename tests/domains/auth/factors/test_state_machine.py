"""Any order of steps: nobody has a session without the factors that it needs."""

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from litestar import Litestar

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    refresh,
    sign_in,
    sign_up,
)
from tests.domains.auth.factors.steps import current_code, let_code_pass, let_proofs_age
from tests.domains.auth.identities.browsers import ProviderBrowser, new_subject, told_by
from tests.fakes.authenticator import SoftKey
from tests.fakes.openid_provider import FakeOpenIdProvider
from tests.lives import play_out
from tests.support.addresses import own_address
from veza.app.services import Services
from veza.domains.auth.accounts.rules import network_key
from veza.domains.auth.passkeys.rules import MAX_PASSKEYS
from veza.domains.auth.recovery.rules import hash_token
from veza.http.security.cookies import ACCESS_COOKIE, REFRESH_COOKIE

pytestmark = pytest.mark.long

_FACTOR = "auth/login/factor"
_PASSKEY = "auth/login/passkey"
picks = st.integers(0, 3)


@dataclass
class Held:
    """A session as it should be."""

    tokens: dict[str, Any]
    proof: str
    is_recent: bool = True

    @property
    def id(self) -> str:
        return str(UUID(self.tokens["refresh_token"].partition(".")[0]))


@dataclass
class Known:
    """The tokens and codes that the member, or a thief who knows the password, holds."""

    password: str = PASSWORD
    sessions: list[Held] = field(default_factory=list)
    # Sessions and challenges that are over.
    ended: list[Held] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    secret: str | None = None
    waiting: str | None = None
    recovery: list[str] = field(default_factory=list)
    is_code_used: bool = False
    # By the id that the server gave it.
    passkeys: dict[str, SoftKey] = field(default_factory=dict)

    @property
    def has_factor(self) -> bool:
        return self.secret is not None or bool(self.passkeys)


has_session = precondition(lambda self: self.known.sessions)


class SignIn(RuleBasedStateMachine):
    """One member signs in, proves, adds and removes factors, over HTTP."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    services: Services
    app: Litestar
    provider: FakeOpenIdProvider

    def __init__(self) -> None:
        super().__init__()
        address = own_address()
        self.network = network_key(address)
        self.opening = open_client(self.services, self.app, address=address)
        self.client: httpx.AsyncClient = self.do(self.opening.__aenter__())
        self.opening_browser = open_client(self.services, self.app, is_browser=True)
        self.browser = ProviderBrowser(self.do(self.opening_browser.__aenter__()), self.provider)
        self.known = Known()
        someone = self.do(sign_up(self.client))
        self.email, self.user_id = someone["email"], someone["user"]["id"]
        self.known.sessions.append(Held(someone, "password"))
        self.subject = new_subject()
        self.do(self.link())

    async def link(self) -> None:
        """Link an identity, and verify the address, so that a reset of the password keeps it."""
        async with self.services.database.transaction(recorded=False) as tx:
            sql = "update users set email_verified_at = now() where id = $1"
            await tx.run(sql, self.user_id)
            sql = """
                insert into identities (id, user_id, issuer, subject, label)
                     values (gen_random_uuid(), $1, $2, $3, 'x')
            """
            await tx.run(sql, self.user_id, self.provider.issuer, self.subject)

    def teardown(self) -> None:
        self.do(self.opening_browser.__aexit__(None, None, None))
        self.do(self.opening.__aexit__(None, None, None))

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def send(self, method: str, path: str, session: Held | None = None, **body: Any) -> Any:
        headers = bearer(session.tokens["access_token"]) if session else None
        answer = self.do(self.client.request(method, path, headers=headers, json=body or None))
        assert answer.status_code < 500, answer.text
        return answer

    def pick(self, nth: int) -> Held:
        return self.known.sessions[nth % len(self.known.sessions)]

    def may_change(self, session: Held) -> bool:
        has_factor = self.known.has_factor
        return session.is_recent and (session.proof != "password" or not has_factor)

    def open(self, session: Held) -> None:
        self.known.sessions = [session, *self.known.sessions[:5]]

    def end_others(self, *kept: Held) -> None:
        ended = [each for each in self.known.sessions if each not in kept]
        self.known.ended = [*ended, *self.known.ended[:5]]
        self.known.sessions = list(kept)

    def end_challenges(self, *ended: str) -> None:
        self.known.challenges = [each for each in self.known.challenges if each not in ended]
        self.known.over = [*ended, *self.known.over[:3]]

    @initialize(kind=st.sampled_from(["nothing", "app", "passkey"]))
    def begin_with(self, kind: str) -> None:
        if kind == "app":
            self.begin_app(0)
            self.confirm_app(0)
            self.step_up(0, "code")
            self.complete(0, "recovery")
        elif kind == "passkey":
            self.add_passkey(0)
            self.complete(0, "passkey")

    @rule()
    def log_in(self) -> None:
        data = self.do(sign_in(self.client, self.email, self.known.password)).json()["data"]
        if not self.known.has_factor:
            self.open(Held(data, "password"))
        else:
            assert set(data) == {"challenge", "methods", "expires_in"}
            self.known.challenges = [data["challenge"], *self.known.challenges[:4]]

    @rule(provider_id=st.sampled_from(["open", "closed"]), is_strong=st.booleans())
    def sign_in_at_provider(self, provider_id: str, is_strong: bool) -> None:
        """Only `open` is trusted to say that it asked for a second factor."""
        self.browser.client.cookies.clear()
        claims = {"amr": ["pwd", "mfa"]} if is_strong else {"amr": ["pwd"]}
        told = told_by(self.do(self.browser.sign_in(self.subject, provider_id, **claims)))
        counts = is_strong and provider_id == "open"
        if self.known.has_factor and not counts:
            assert told["openid"] == "challenge", told
            assert not self.browser.is_signed_in
            self.known.challenges = [told["challenge"], *self.known.challenges[:4]]
            return
        assert told["openid"] == "done", told
        cookies = self.browser.client.cookies
        names = {"access_token": ACCESS_COOKIE, "refresh_token": REFRESH_COOKIE}
        tokens = {name: cookies[cookie] for name, cookie in names.items()}
        self.open(Held(tokens, "provider" if counts else "password"))

    @rule()
    def reset_password(self) -> None:
        """Whoever reads the mailbox sets another password, and proves no factor by that."""
        token, self.known.password = secrets.token_urlsafe(32), f"sentence {secrets.token_hex(9)}"
        self.do(self.mail(token))
        given = {"token": token, "new_password": self.known.password}
        answer = self.send("POST", "auth/password/reset", **given)
        assert answer.is_success, answer.text
        assert "access_token" not in answer.text
        self.end_others()
        self.end_challenges(*self.known.challenges)

    async def mail(self, token: str) -> None:
        sql = """
            insert into email_tokens (user_id, purpose, token_hash, email, expires_at)
                 values ($1, 'password_reset', $2, $3, now() + interval '1 hour')
        """
        async with self.services.database.transaction(recorded=False) as tx:
            await tx.run(sql, self.user_id, hash_token(token), self.email)

    @precondition(lambda self: self.known.has_factor)
    @rule(nth=picks, kind=st.sampled_from(["code", "recovery", "passkey", "wrong", "forged"]))
    def complete(self, nth: int, kind: str) -> None:
        if not self.known.challenges:
            self.log_in()
        challenge = self.known.challenges[nth % len(self.known.challenges)]
        kind, given, is_right = self.draw_proof(kind, _FACTOR, challenge=challenge)
        sent = challenge + "x" if kind == "forged" else challenge
        answer = self.send("POST", _FACTOR, challenge=sent, **given)
        assert answer.is_success == is_right, answer.text
        self.note_use(kind, given, is_right)
        if is_right:
            self.end_challenges(challenge)
            session = Held(answer.json()["data"], "factor")
            self.open(session)
            self.ensure_used_up(kind, given, session, challenge)
        elif kind != "forged":
            # A challenge has few tries: another one is left alone from now on.
            self.known.challenges.remove(challenge)

    @precondition(lambda self: self.known.over and self.known.has_factor)
    @rule(nth=picks)
    def complete_what_is_over(self, nth: int) -> None:
        given = {"recovery_code": [*self.known.recovery, "none"][0]}
        over = self.known.over[nth % len(self.known.over)]
        answer = self.send("POST", _FACTOR, challenge=over, **given)
        assert answer.json().get("code") == "challenge_over", answer.text

    @has_session
    @rule(nth=picks, kind=st.sampled_from(["code", "recovery", "passkey", "wrong", "password"]))
    def step_up(self, nth: int, kind: str) -> None:
        session = self.pick(nth)
        if kind == "password":
            given, is_right = {"password": self.known.password}, not self.known.has_factor
        else:
            kind, given, is_right = self.draw_proof(kind, "auth/step-up", session)
        answer = self.send("POST", "auth/step-up", session, **given)
        assert answer.is_success == is_right, answer.text
        self.note_use(kind, given, is_right)
        if is_right:
            session.is_recent = True
            session.proof = "factor" if kind != "password" else session.proof
            self.ensure_used_up(kind, given, session)

    def ensure_used_up(
        self, kind: str, given: dict[str, Any], session: Held, challenge: str | None = None
    ) -> None:
        """What was just accepted is refused from now on; a password is not used up."""
        if kind != "password":
            again = self.send("POST", "auth/step-up", session, **given)
            assert again.json().get("code") == "wrong_factor", again.text
        if challenge is not None:
            again = self.send("POST", _FACTOR, challenge=challenge, **given)
            assert again.json().get("code") == "challenge_over", again.text
        self.forget_failures()

    def draw_proof(
        self, kind: str, path: str, session: Held | None = None, **body: Any
    ) -> tuple[str, dict[str, Any], bool]:
        """Return a proof of a kind, or of another one that there is, and whether it is right."""
        known = self.known
        has = {
            "code": known.secret is not None,
            "recovery": bool(known.recovery),
            "passkey": bool(known.passkeys),
        }
        if not has.get(kind, True):
            kind = next((other for other, is_there in has.items() if is_there), "wrong")
        if kind == "passkey":
            options = self.send("POST", f"{path}/options", session, **body).json()["data"]
            return kind, {"passkey": next(iter(known.passkeys.values())).get(options)}, True
        if kind == "recovery":
            return kind, {"recovery_code": known.recovery[0]}, True
        if kind == "code" and known.secret is not None:
            if known.is_code_used:
                self.wait_for_another_code()
            return kind, {"code": current_code(known.secret)}, True
        return kind, {"code": "none"}, False

    def note_use(self, kind: str, given: dict[str, Any], is_right: bool) -> None:
        if is_right and kind == "recovery":
            self.known.recovery.remove(given["recovery_code"])
        if is_right and kind == "code":
            self.known.is_code_used = True
        if not is_right:
            self.forget_failures()

    def forget_failures(self) -> None:
        """The limit of wrong factors has tests of its own."""
        key = f"factor:{self.user_id}"
        self.do(self.services.login_context.attempts.clear(key))

    @rule(kind=st.sampled_from(["right", "removed", "copied", "for another purpose"]))
    def sign_in_with_passkey(self, kind: str) -> None:
        keys = list(self.known.passkeys.values())
        key = keys[-1] if keys and kind != "removed" else SoftKey()
        held = self.known.sessions[0] if keys and self.known.sessions else None
        path = "auth/step-up" if kind == "for another purpose" and held else _PASSKEY
        session = held if path != _PASSKEY else None
        options = self.send("POST", f"{path}/options", session).json()["data"]
        answered = replace(key, counter=0, counts=False) if kind == "copied" else key
        answer = self.send("POST", _PASSKEY, credential=answered.get(options))
        is_right = kind == "right" and bool(keys)
        if kind == "for another purpose" and not held:
            is_right = bool(keys)
        assert answer.is_success == is_right, answer.text
        if is_right:
            self.open(Held(answer.json()["data"], "factor"))
        else:
            # The limit of failed logins has tests of its own.
            self.do(self.services.login_context.attempts.clear(self.network))

    @has_session
    @rule(nth=picks)
    def add_passkey(self, nth: int) -> None:
        session, key = self.pick(nth), SoftKey(counts=True)
        begun = self.send("POST", "users/me/passkeys/options", session)
        may = self.may_change(session) and len(self.known.passkeys) < MAX_PASSKEYS
        assert begun.is_success == may, begun.text
        if not may:
            return
        made = {"name": "Key", "credential": key.create(begun.json()["data"])}
        answer = self.send("POST", "users/me/passkeys", session, **made)
        assert answer.is_success, answer.text
        if not self.known.has_factor:
            self.end_others(session)
        self.note_codes(answer.json()["data"]["recovery_codes"])
        session.proof, session.is_recent = "factor", True
        shown = self.send("GET", "users/me/factors", session).json()["data"]["passkeys"]
        self.known.passkeys[shown[-1]["id"]] = key

    @has_session
    @precondition(lambda self: self.known.passkeys)
    @rule(nth=picks)
    def remove_passkey(self, nth: int) -> None:
        session, passkey_id = self.pick(nth), next(iter(self.known.passkeys))
        answer = self.send("DELETE", f"users/me/passkeys/{passkey_id}", session)
        assert answer.is_success == self.may_change(session), answer.text
        if answer.is_success:
            del self.known.passkeys[passkey_id]
            self.forget_what_went(session)

    def forget_what_went(self, session: Held) -> None:
        """A factor was removed: with the last one all that replaces it goes, too."""
        self.end_others(session)
        if not self.known.has_factor:
            self.known.recovery = []
            self.end_challenges(*self.known.challenges)

    def note_codes(self, codes: list[str]) -> None:
        self.known.recovery = codes or self.known.recovery

    @rule()
    def wait_for_another_code(self) -> None:
        self.do(let_code_pass(self.services, self.user_id))
        self.known.is_code_used = False

    @rule()
    def wait_for_eleven_minutes(self) -> None:
        self.do(let_proofs_age(self.services, self.user_id))
        for session in self.known.sessions:
            session.is_recent = False

    @has_session
    @rule(nth=picks)
    def begin_app(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.send("POST", "users/me/factors/totp", session)
        may = self.may_change(session) and self.known.secret is None
        assert answer.is_success == may, answer.text
        if may:
            self.known.waiting = answer.json()["data"]["totp_secret"]

    @has_session
    @precondition(lambda self: self.known.waiting)
    @rule(nth=picks)
    def confirm_app(self, nth: int) -> None:
        session, waiting = self.pick(nth), self.known.waiting
        assert waiting is not None
        given = current_code(waiting)
        answer = self.send("POST", "users/me/factors/totp/confirm", session, code=given)
        assert answer.is_success == self.may_change(session), answer.text
        if answer.is_success:
            self.known.secret, self.known.waiting = waiting, None
            self.note_codes(answer.json()["data"]["recovery_codes"])
            self.known.is_code_used = True
            session.proof, session.is_recent = "factor", True
            if not self.known.passkeys:
                self.end_others(session)

    @has_session
    @rule(nth=picks)
    def remove_app(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.send("DELETE", "users/me/factors/totp", session)
        has_factor = self.known.secret is not None
        assert answer.is_success == (self.may_change(session) and has_factor), answer.text
        if answer.is_success:
            self.known.secret, self.known.is_code_used = None, False
            self.forget_what_went(session)

    @has_session
    @rule(nth=picks)
    def refresh_tokens(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.do(refresh(self.client, session.tokens["refresh_token"]))
        assert answer.is_success, answer.text
        session.tokens = answer.json()["data"]

    @precondition(lambda self: self.known.ended)
    @rule(nth=picks)
    def use_what_ended(self, nth: int) -> None:
        session = self.known.ended[nth % len(self.known.ended)]
        assert not self.do(is_signed_in(self.client, session.tokens["access_token"]))
        refused = self.do(refresh(self.client, session.tokens["refresh_token"]))
        assert refused.status_code == 401, refused.text

    @invariant()
    def each_session_proved_what_it_needs(self) -> None:
        """Compare with the database, which may hold sessions that nobody remembers here."""
        proofs = self.do(self.list_proofs())
        for session in self.known.sessions:
            assert self.do(is_signed_in(self.client, session.tokens["access_token"]))
            assert proofs[session.id] == session.proof
        assert not proofs.keys() & {each.id for each in self.known.ended}
        assert not (self.known.has_factor and "password" in proofs.values())

    async def list_proofs(self) -> dict[str, str]:
        """Return what each session that goes on has proved."""
        sql = """
            select id::text || ' ' || proof from sessions where user_id = $1 and ended_at is null
        """
        async with self.services.database.read() as conn:
            found = await conn.column(str, sql, self.user_id)
        return dict(each.split() for each in found)


@pytest.mark.usefixtures("providers")
def test_no_order_of_steps_yields_a_session_without_its_factors(
    services: Services,
    app: Litestar,
    loop: asyncio.AbstractEventLoop,
    provider: FakeOpenIdProvider,
) -> None:
    given = {"loop": loop, "services": services, "app": app, "provider": provider}
    play_out(SignIn, 10, 25, derandomize=True, **given)
