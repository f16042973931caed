"""How much a login makes the server work: as much whoever is asked for, so that time tells nothing.

Counted where the work is done, in the library that hashes.
"""

from collections.abc import Awaitable, Iterator

import argon2
import httpx
import msgspec
import pytest
from argon2.low_level import Type
from litestar import Litestar

from tests.domains.auth.accounts.people import PASSWORD, open_client, registration, sign_in, sign_up
from tests.http.apps import assemble
from veza.app.services import Services
from veza.core.ids import new_id
from veza.infra.security.passwords import Passwords


class CountedHasher(argon2.PasswordHasher):
    """The library's own hasher, counting; it tells with what parameters each hash was made."""

    def __init__(self, like: argon2.PasswordHasher) -> None:
        super().__init__(like.time_cost, like.memory_cost, like.parallelism)
        self.work: list[tuple[str, int, int, int, Type]] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        made = super().hash(password, salt=salt)
        self._note("hash", made)
        return made

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - its name
        self._note("verify", str(hash))
        return super().verify(hash, password)

    def _note(self, what: str, stored: str) -> None:
        found = argon2.extract_parameters(stored)
        self.work.append((what, found.time_cost, found.memory_cost, found.parallelism, found.type))


# OWASP's least: 19 MiB, two passes, one lane.
ONE_VERIFY = [("verify", 2, 19_456, 1, Type.ID)]
ONE_HASH = [("hash", 2, 19_456, 1, Type.ID)]


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=1)
    made._hasher = CountedHasher(made._hasher)
    yield made
    made.close()


@pytest.fixture
def counting(services: Services, passwords: Passwords) -> Litestar:
    """The application with a hasher that counts."""
    context = msgspec.structs.replace(services.login_context, passwords=passwords)
    return assemble(msgspec.structs.replace(services, login_context=context))[0]


async def test_every_login_runs_argon2_once(
    counting: Litestar, services: Services, passwords: Passwords
) -> None:
    async with open_client(services, counting) as client:
        known, suspended = await sign_up(client), await sign_up(client)
        await _suspend(services, suspended["email"])
        for email, password in {
            "known": (known["email"], PASSWORD),
            "wrong password": (known["email"], "not the password"),
            "unknown": (registration()["email"], PASSWORD),
            "no address": ("nobody", PASSWORD),
            "suspended": (suspended["email"], PASSWORD),
            "suspended, wrong password": (suspended["email"], "not the password"),
            "empty": ("", ""),
        }.values():
            assert await _work_of(passwords, sign_in(client, email, password)) == ONE_VERIFY, email


async def test_a_taken_address_costs_a_registration_as_much_as_a_free_one(
    counting: Litestar, services: Services, passwords: Passwords
) -> None:
    async with open_client(services, counting) as client:
        someone = await sign_up(client)
        taken = client.post("auth/register", json=registration(email=someone["email"]))
        assert await _work_of(passwords, taken) == ONE_HASH
        fresh = client.post("auth/register", json=registration())
        assert await _work_of(passwords, fresh) == ONE_HASH


async def test_an_unknown_address_never_matches_the_dummy_hash(
    client: httpx.AsyncClient,
) -> None:
    """What is verified in place of a hash must let nobody in."""
    answer = await sign_in(client, f"{new_id().hex}@example.com", "nobody has this password")

    assert answer.status_code == 401


async def _work_of(passwords: Passwords, call: Awaitable[httpx.Response]) -> list[object]:
    hasher = passwords._hasher
    assert isinstance(hasher, CountedHasher)
    hasher.work.clear()
    await call
    return list(hasher.work)


async def _suspend(services: Services, email: str) -> None:
    async with services.database.transaction() as tx:
        await tx.run(
            "update users set suspended_at = now(), suspension_reason = 'Spam.' where email = $1",
            email,
        )
