"""Steps and values that tests of accounts share."""

from litestar import Litestar

from tests.domains.auth.accounts.people import open_client, sign_in
from veza.app.services import Services

WRONG = "not the password"
NEW_PASSWORD = "quite another sentence"


async def lock_account(app: Litestar, services: Services, email: str) -> None:
    """Use up the tries of an account, from a network of its own."""
    async with open_client(services, app) as guesser:
        for _ in range(10):
            assert (await sign_in(guesser, email, WRONG)).status_code == 401
