"""A client without cookies, and a worker that goes on until nothing follows."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import open_client
from veza.app.services import Services

# A payment is reported by a job, which makes an event, which makes the job of a mail.
_ROUNDS = 3


@pytest.fixture
async def client(services: Services, app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(services, app) as made:
        yield made


@pytest.fixture
def work_on(work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        for _ in range(_ROUNDS):
            await work()

    return run
