"""Chat tokens: who gets one, and that each opens one connection."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from tests import make
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.realtime import queries, service
from veza.domains.realtime.errors import BadChatToken
from veza.domains.realtime.jobs import sweep_tokens
from veza.infra.postgres.database import Tx
from veza.infra.security.tokens import TokenSigner


async def test_a_member_gets_a_token_for_five_minutes(
    client: httpx.AsyncClient, services: Services
) -> None:
    member = await make.person(services)

    answer = await client.get("chat/token", headers=member.headers)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["data"]["expires_in"] == 300
    token = answer.json()["data"]["token"]
    spent = await service.spend_token(services.database, services.chat_tokens, token)
    assert spent == (member.member, None)


async def test_nobody_else_gets_one(client: httpx.AsyncClient, services: Services) -> None:
    member = await make.person(services)
    key = await make.key_headers(services, member)

    assert (await client.get("chat/token")).status_code == 401
    refused = await client.get("chat/token", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_not_allowed")


async def test_a_token_is_good_once_however_many_use_it_at_once(services: Services) -> None:
    member = await make.person(services)
    token = service.issue_token(services.chat_tokens, member.member).token

    outcomes = await asyncio.gather(
        *(service.spend_token(services.database, services.chat_tokens, token) for _ in range(8)),
        return_exceptions=True,
    )

    assert outcomes.count((member.member, None)) == 1
    assert sum(isinstance(outcome, BadChatToken) for outcome in outcomes) == 7


async def test_a_token_of_a_session_that_ended_is_refused(services: Services) -> None:
    member = await make.person(services)
    token = service.issue_token(services.chat_tokens, member.member).token
    async with services.database.transaction() as tx:
        await sessions.end_sessions(tx, member.id)

    with pytest.raises(BadChatToken):
        await service.spend_token(services.database, services.chat_tokens, token)


async def test_neither_kind_of_token_passes_for_the_other(services: Services) -> None:
    member = await make.person(services)
    token = service.issue_token(services.chat_tokens, member.member).token

    with pytest.raises(InvalidToken):
        await sessions.authenticate(services.session_tokens, token)
    with pytest.raises(BadChatToken):
        await service.spend_token(services.database, services.chat_tokens, member.token)


async def test_an_expired_token_is_refused(services: Services) -> None:
    member = await make.person(services)
    key = services.chat_tokens.tokens._key
    past = TokenSigner(key, audience=service.AUDIENCE, lifetime=timedelta(seconds=-8))
    token = service.issue_token(
        service.ChatTokens(past, services.session_tokens.ended), member.member
    ).token

    with pytest.raises(BadChatToken):
        await service.spend_token(services.database, services.chat_tokens, token)


async def test_used_tokens_are_deleted_after_they_expire(services: Services, tx: Tx) -> None:
    fresh, old = new_id(), new_id()
    await queries.insert_spent_token(tx, fresh, now() + timedelta(minutes=5))
    await queries.insert_spent_token(tx, old, now() - timedelta(hours=2))

    assert await queries.delete_expired_tokens(tx) >= 1

    assert not await queries.insert_spent_token(tx, fresh, now())
    assert await queries.insert_spent_token(tx, old, now())


async def test_used_tokens_are_swept_on_schedule(services: Services) -> None:
    old = new_id()
    async with services.database.transaction() as tx:
        await queries.insert_spent_token(tx, old, now() - timedelta(hours=2))

    await sweep_tokens(services.database)

    async with services.database.read() as conn:
        assert await conn.value(int, "select 1 from chat_tokens where id = $1", old) is None
