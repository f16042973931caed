"""Hashing passwords: in threads, a few at a time."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from veza.infra.security.passwords import Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=2)
    yield made
    made.close()


async def test_a_hash_fits_its_password_alone(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")

    assert await passwords.verify(stored, "correct horse") is True
    for other in ("", "Correct horse", "correct horse ", "correct hors"):
        assert await passwords.verify(stored, other) is False


async def test_two_hashes_of_one_password_differ(passwords: Passwords) -> None:
    assert await passwords.hash("same") != await passwords.hash("same")


@pytest.mark.parametrize("stored", [None, "", "x", "$argon2id$v=19$m=19456,t=2,p=1$xx$yy", "plain"])
async def test_nothing_fits_what_is_no_hash(passwords: Passwords, stored: str | None) -> None:
    for password in ("plain", "", "nobody has this password", "x"):
        assert await passwords.verify(stored, password) is False


async def test_hashing_keeps_to_its_threads(passwords: Passwords) -> None:
    await asyncio.gather(*(passwords.hash(str(n)) for n in range(20)))

    names = [thread.name for thread in threading.enumerate()]
    assert sum(name.startswith("argon2") for name in names) >= 1
    assert len(passwords._threads._threads) <= 2


async def test_closing_drops_what_is_waiting_for_a_thread() -> None:
    passwords = Passwords(threads=1)
    hashing = [asyncio.create_task(passwords.hash(str(n))) for n in range(10)]
    await asyncio.sleep(0)
    passwords.close()

    found = await asyncio.gather(*hashing, return_exceptions=True)
    dropped = [isinstance(each, asyncio.CancelledError) for each in found]
    assert dropped[-1]
    assert not dropped[0]


@pytest.mark.long
async def test_the_loop_goes_on_while_hashes_are_made(passwords: Passwords) -> None:
    turns = 0
    hashing = asyncio.gather(*(passwords.hash(str(n)) for n in range(10)))
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    await hashing

    # Were a hash made on the loop there would be as many turns as hashes.
    assert turns > 100
