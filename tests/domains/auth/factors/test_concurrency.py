"""Changes of one member's factors come one after the other, and after what ends them."""

import asyncio

import httpx
import msgspec

from tests import make
from tests.domains.auth.accounts.people import PASSWORD, bearer, sign_in, sign_up
from tests.domains.auth.factors.steps import add_passkey
from tests.fakes.authenticator import SoftKey
from tests.support.locks import ensure_waits
from tests.support.waiting import until_somebody_waits
from veza.app.openid import create_identity_providers
from veza.app.services import Services
from veza.core.ids import PasskeyId, new_id
from veza.domains.auth.factors.models import TotpForm
from veza.domains.auth.factors.service import (
    authenticator_apps,
    lost_factors,
    passkey_factors,
    recovery_codes,
)
from veza.domains.auth.passkeys.models import PasskeyForm


async def test_changes_of_factors_wait_for_each_other(services: Services) -> None:
    someone = await make.person(services)
    member, context = someone.member, services.login_context.factors
    providers = create_identity_providers(services)
    made = {"name": "Key", "credential": SoftKey().create({"user": {"id": ""}, "challenge": "AA"})}
    passkey = msgspec.convert(made, PasskeyForm)
    for change in (
        lambda tx: authenticator_apps.begin_totp(tx, context, member.id),
        lambda tx: authenticator_apps.confirm_totp(tx, context, member, TotpForm("1")),
        lambda tx: authenticator_apps.remove_totp(tx, member),
        lambda tx: passkey_factors.begin_passkey(tx, context, member.id),
        lambda tx: passkey_factors.create_passkey(tx, context, member, passkey),
        lambda tx: passkey_factors.remove_passkey(tx, providers, member, PasskeyId(new_id())),
        lambda tx: recovery_codes.replace_codes(tx, member),
        lambda tx: lost_factors.remove_all(tx, member.id),
        lambda tx: lost_factors.complete_recovery(tx, member.id),
    ):
        await ensure_waits(services.database, change, "users", member.id)


async def test_a_challenge_that_ends_meanwhile_begins_no_passkey(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await add_passkey(client, bearer(someone["access_token"]))
    opened = (await sign_in(client, someone["email"], PASSWORD)).json()["data"]
    given = {"challenge": opened["challenge"]}
    async with services.database.transaction(recorded=False) as tx:
        sql = "delete from login_challenges where user_id = $1"
        await tx.run(sql, someone["user"]["id"])
        beginning = asyncio.create_task(client.post("auth/login/factor/options", json=given))
        await until_somebody_waits(services.database)
    assert (await beginning).json()["code"] == "challenge_over"
