"""Steps that tests of second factors share."""

import time
from typing import Any

import httpx

from tests.fakes.authenticator import SoftKey
from veza.app.services import Services
from veza.core.ids import UserId
from veza.infra.security import totp

# A code that begins to be sent with less time left may arrive too late.
_MARGIN_S = 3


def current_code(secret: str) -> str:
    """Return the code of now, when enough of its time is left to send it."""
    left_s = 30 - time.time() % 30
    if left_s < _MARGIN_S:
        time.sleep(left_s)
    return totp.make_code(secret)


async def let_code_pass(services: Services, user_id: UserId | str) -> None:
    """Make the present code count as one of long ago, so that it works again."""
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update totp_factors set last_step = 0 where user_id = $1", user_id)


async def let_proofs_age(services: Services, user_id: UserId | str, minutes: int = 11) -> None:
    """Make the proofs of a member's sessions some minutes older."""
    sql = "update sessions set proved_at = proved_at - $2 * interval '1 minute' where user_id = $1"
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, user_id, minutes)


async def enrol(
    client: httpx.AsyncClient, services: Services, headers: dict[str, str], user_id: Any
) -> tuple[str, list[str]]:
    """Set up an authenticator app; return its secret and the recovery codes."""
    begun = await client.post("users/me/factors/totp", headers=headers)
    assert begun.status_code == 201, begun.text
    secret = begun.json()["data"]["totp_secret"]
    answer = await client.post(
        "users/me/factors/totp/confirm", headers=headers, json={"code": current_code(secret)}
    )
    assert answer.status_code == 200, answer.text
    await let_code_pass(services, user_id)
    return secret, answer.json()["data"]["recovery_codes"]


async def add_passkey(
    client: httpx.AsyncClient, headers: dict[str, str], key: SoftKey | None = None
) -> tuple[SoftKey, list[str]]:
    """Register a passkey; return it, and the recovery codes that came with it."""
    key = key or SoftKey()
    begun = await client.post("users/me/passkeys/options", headers=headers)
    assert begun.status_code == 201, begun.text
    form = {"name": "Phone", "credential": key.create(begun.json()["data"])}
    answer = await client.post("users/me/passkeys", headers=headers, json=form)
    assert answer.status_code == 201, answer.text
    return key, answer.json()["data"]["recovery_codes"]


async def begin(client: httpx.AsyncClient, path: str, **options: Any) -> dict[str, Any]:
    """Get options for a proof with a passkey."""
    answer = await client.post(f"{path}/options", **options)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
