"""Any order of steps: nobody has a session without the factors that it needs."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from litestar import Litestar

from tests.conftest import own_address
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
from tests.fakes.authenticator import SoftKey
from tests.lives import play_out
from veza.app.services import Services
from veza.domains.auth.accounts.rules import network_key
from veza.domains.auth.passkeys.rules import MAX_PASSKEYS

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


@dataclass
class Known:
    """The tokens and codes that the member, or a thief who knows the password, holds."""

    sessions: list[Held] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)
    secret: str | None = None
    waiting: str | None = None
    recovery: list[str] = field(default_factory=list)
    is_code_used: bool = False
    # By the id that the server gave it.
    passkeys: dict[str, SoftKey] = field(default_factory=dict)

    @property
    def has_factor(self) -> bool:
        return self.secret is not None or bool(self.passkeys)


class SignIn(RuleBasedStateMachine):
    """One member signs in, proves, adds and removes factors, over HTTP."""

    # Set by the test, for the library makes the machines itself.
    loop: asyncio.AbstractEventLoop
    services: Services
    app: Litestar

    def __init__(self) -> None:
        super().__init__()
        address = own_address()
        self.network = network_key(address)
        self.opening = open_client(self.services, self.app, address=address)
        self.client: httpx.AsyncClient = self.do(self.opening.__aenter__())
        self.known = Known()
        someone = self.do(sign_up(self.client))
        self.email, self.user_id = someone["email"], someone["user"]["id"]
        self.known.sessions.append(Held(someone, "password"))

    def teardown(self) -> None:
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
        return session.is_recent and (session.proof == "factor" or not has_factor)

    def end_others(self, session: Held) -> None:
        self.known.sessions = [session]

    @rule()
    def log_in(self) -> None:
        data = self.do(sign_in(self.client, self.email, PASSWORD)).json()["data"]
        if not self.known.has_factor:
            self.known.sessions = [Held(data, "password"), *self.known.sessions[:5]]
        else:
            assert set(data) == {"challenge", "methods", "expires_in"}
            self.known.challenges = [data["challenge"], *self.known.challenges[:4]]

    @precondition(lambda self: self.known.challenges)
    @rule(nth=picks, kind=st.sampled_from(["code", "recovery", "passkey", "wrong", "forged"]))
    def complete(self, nth: int, kind: str) -> None:
        challenge = self.known.challenges[nth % len(self.known.challenges)]
        given, is_right = self.draw_proof(kind, _FACTOR, challenge=challenge)
        sent = challenge + "x" if kind == "forged" else challenge
        answer = self.send("POST", _FACTOR, challenge=sent, **given)
        assert answer.is_success == is_right, answer.text
        self.note_use(kind, is_right)
        if is_right:
            self.known.challenges.remove(challenge)
            data = answer.json()["data"]
            self.known.sessions = [Held(data, "factor"), *self.known.sessions[:5]]
        elif kind != "forged":
            # A challenge has few tries: another one is left alone from now on.
            self.known.challenges.remove(challenge)

    @rule(nth=picks, kind=st.sampled_from(["code", "recovery", "passkey", "wrong", "password"]))
    def step_up(self, nth: int, kind: str) -> None:
        session = self.pick(nth)
        if kind == "password":
            given, is_right = {"password": PASSWORD}, not self.known.has_factor
        else:
            given, is_right = self.draw_proof(kind, "auth/step-up", session)
        answer = self.send("POST", "auth/step-up", session, **given)
        assert answer.is_success == is_right, answer.text
        self.note_use(kind, is_right)
        if is_right:
            session.is_recent = True
            session.proof = "factor" if kind != "password" else session.proof

    def draw_proof(
        self, kind: str, path: str, session: Held | None = None, **body: Any
    ) -> tuple[dict[str, Any], bool]:
        known = self.known
        if kind == "passkey" and known.passkeys:
            options = self.send("POST", f"{path}/options", session, **body).json()["data"]
            return {"passkey": next(iter(known.passkeys.values())).get(options)}, True
        if kind == "recovery" and known.recovery:
            return {"recovery_code": known.recovery[0]}, True
        if kind == "code" and known.secret is not None:
            return {"code": current_code(known.secret)}, not known.is_code_used
        return {"code": "none"}, False

    def note_use(self, kind: str, is_right: bool) -> None:
        if is_right and kind == "recovery":
            self.known.recovery.pop(0)
        if is_right and kind == "code":
            self.known.is_code_used = True
        if not is_right:
            # The limit of wrong factors has tests of its own.
            key = f"factor:{self.user_id}"
            self.do(self.services.login_context.attempts.clear(key))

    @rule(kind=st.sampled_from(["right", "removed", "copied", "for another purpose"]))
    def sign_in_with_passkey(self, kind: str) -> None:
        keys = list(self.known.passkeys.values())
        key = keys[-1] if keys and kind != "removed" else SoftKey()
        path = "auth/step-up" if kind == "for another purpose" and keys else _PASSKEY
        session = self.known.sessions[0] if path != _PASSKEY else None
        options = self.send("POST", f"{path}/options", session).json()["data"]
        answered = replace(key, counter=0, counts=False) if kind == "copied" else key
        answer = self.send("POST", _PASSKEY, credential=answered.get(options))
        is_right = kind == "right" and bool(keys)
        assert answer.is_success == is_right, answer.text
        if is_right:
            self.known.sessions = [Held(answer.json()["data"], "factor"), *self.known.sessions[:5]]
        else:
            # The limit of failed logins has tests of its own.
            self.do(self.services.login_context.attempts.clear(self.network))

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
        self.known.recovery = answer.json()["data"]["recovery_codes"] or self.known.recovery
        session.proof, session.is_recent = "factor", True
        shown = self.send("GET", "users/me/factors", session).json()["data"]["passkeys"]
        self.known.passkeys[shown[-1]["id"]] = key

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
            self.known.recovery, self.known.challenges = [], []

    @rule()
    def wait_for_another_code(self) -> None:
        self.do(let_code_pass(self.services, self.user_id))
        self.known.is_code_used = False

    @rule()
    def wait_for_eleven_minutes(self) -> None:
        self.do(let_proofs_age(self.services, self.user_id))
        for session in self.known.sessions:
            session.is_recent = False

    @rule(nth=picks)
    def begin_app(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.send("POST", "users/me/factors/totp", session)
        may = self.may_change(session) and self.known.secret is None
        assert answer.is_success == may, answer.text
        if may:
            self.known.waiting = answer.json()["data"]["totp_secret"]

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
            self.known.recovery = answer.json()["data"]["recovery_codes"] or self.known.recovery
            self.known.is_code_used = True
            session.proof, session.is_recent = "factor", True
            if not self.known.passkeys:
                self.end_others(session)

    @rule(nth=picks)
    def remove_app(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.send("DELETE", "users/me/factors/totp", session)
        has_factor = self.known.secret is not None
        assert answer.is_success == (self.may_change(session) and has_factor), answer.text
        if answer.is_success:
            self.known.secret, self.known.is_code_used = None, False
            self.forget_what_went(session)

    @rule(nth=picks)
    def refresh_tokens(self, nth: int) -> None:
        session = self.pick(nth)
        answer = self.do(refresh(self.client, session.tokens["refresh_token"]))
        assert answer.is_success, answer.text
        session.tokens = answer.json()["data"]

    @invariant()
    def each_session_proved_what_it_needs(self) -> None:
        """Compare with the database, which may hold sessions that nobody remembers here."""
        for session in self.known.sessions:
            assert self.do(is_signed_in(self.client, session.tokens["access_token"]))
        sql = """
            select count(*)
              from sessions s
             where s.user_id = $1 and s.ended_at is null and s.proof <> 'factor'
               and (exists (select 1 from passkeys where user_id = $1)
                    or exists (select 1 from totp_factors
                                where user_id = $1 and confirmed_at is not null))
        """
        assert self.do(self.count(sql)) == 0

    async def count(self, sql: str) -> int | None:
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, self.user_id)


def test_no_order_of_steps_yields_a_session_without_its_factors(
    services: Services, app: Litestar, loop: asyncio.AbstractEventLoop
) -> None:
    play_out(SignIn, 8, 25, derandomize=True, loop=loop, services=services, app=app)
