"""The books are verified when an admin asks, and the result is shown."""

from tests import make
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.marketplace.ledger.jobs import Verifier, verify_books
from veza.domains.marketplace.ledger.models import VerifyLedger

PATH = "admin/ledger/verification"
RULES = {
    "work ends": "select 'job 1' as \"where\", true as is_under_way",
    "nothing is broken": "select 'row ' || n as \"where\", false as is_under_way"
    " from generate_series(1, 100) as n",
    "all is well": "select '' as \"where\", false as is_under_way where false",
}


async def verify(services: Services, rules: dict[str, str]) -> None:
    verifier = Verifier(rules, services.addresses.database)
    await verify_books(services.database, verifier, VerifyLedger())


async def test_the_last_result_is_shown_with_what_is_broken_first(client, services):
    admin = await make.person(services, Role.ADMIN)
    moderator = await make.person(services, Role.MODERATOR)
    assert (await client.get(PATH, headers=moderator.headers)).status_code == 403

    await verify(services, RULES)
    last = (await client.get(PATH, headers=admin.headers)).json()["data"]["last"]
    assert last["is_right"] is False
    assert len(last["violations"]) == 101
    assert last["violations"][0]["rule"] == "nothing is broken"
    assert last["violations"][-1] == {"rule": "work ends", "where": "job 1", "is_under_way": True}

    # What is under way is not wrong.
    await verify(services, {"work ends": RULES["work ends"]})
    last = (await client.get(PATH, headers=admin.headers)).json()["data"]["last"]
    assert (last["is_right"], len(last["violations"])) == (True, 1)


async def test_a_verification_is_queued_once_however_often_it_is_asked_for(client, services):
    admin = await make.person(services, Role.ADMIN)
    for _ in range(2):
        assert (await client.post(PATH, headers=admin.headers)).status_code == 202
    async with services.database.transaction() as tx:
        sql = "select count(*) from jobs where name = 'VerifyLedger'"
        assert await tx.value(int, sql) == 1
        await tx.run("delete from jobs where name = 'VerifyLedger'")
