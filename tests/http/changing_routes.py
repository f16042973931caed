"""Routes of the tests that change something, each ending in a way of its own."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from litestar import Response, delete, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from veza.app.services import Services
from veza.core.access import Access
from veza.core.errors import Conflict, Forbidden
from veza.http.dependencies import AnyRequest, Tx, database_of
from veza.infra.postgres.database import ConstraintViolation
from veza.infra.postgres.revisions import announce

TOPIC = "a change of the tests"


class Wish(Struct, frozen=True):
    word: str


async def change(tx: Any, word: str) -> None:
    await announce(tx, TOPIC, word)


@post("/api/v1/odd/changes", access=Access.OPTIONAL, status_code=202)
async def make_change(data: JSONBody[Wish], tx: Tx) -> None:
    await change(tx, data.word)


@post("/api/v1/odd/refusals")
async def change_and_refuse(data: JSONBody[Wish], tx: Tx) -> None:
    await change(tx, data.word)
    raise Conflict


@post("/api/v1/odd/committed-refusals")
async def refuse_and_change(request: AnyRequest, data: JSONBody[Wish]) -> None:
    async with database_of(request).transaction() as tx:
        await change(tx, data.word)
        tx.refusal = Forbidden
    raise Forbidden


@put("/api/v1/odd/crashes")
async def change_and_crash(request: AnyRequest, data: JSONBody[Wish]) -> None:
    async with database_of(request).transaction() as tx:
        await change(tx, data.word)
    raise RuntimeError("after the commit")


@post("/api/v1/odd/several")
async def change_twice(request: AnyRequest, data: JSONBody[Wish]) -> None:
    async with database_of(request).transaction(recorded=False) as tx:
        await change(tx, f"{data.word} prepared")
    for _ in range(2):
        async with database_of(request).transaction() as tx:
            await change(tx, data.word)


@post("/api/v1/odd/second-tries")
async def change_at_second_try(request: AnyRequest, data: JSONBody[Wish]) -> None:
    for is_last in (False, True):
        with suppress(ConstraintViolation):
            async with database_of(request).transaction() as tx:
                await change(tx, data.word)
                if not is_last:
                    await fail_at_commit(tx)


async def fail_at_commit(tx: Any) -> None:
    sql = """
        create temporary table odd (number integer unique deferrable initially deferred)
            on commit drop
    """
    await tx._raw.execute(sql)
    await tx.run("insert into odd values (1), (1)")


@post("/api/v1/odd/words", status_code=200)
async def read_only(data: JSONBody[Wish]) -> Wish:
    return data


@post("/api/v1/odd/other-status", status_code=200)
async def answer_otherwise(data: JSONBody[Wish], tx: Tx) -> Response[None]:
    await change(tx, data.word)
    return Response(None, status_code=203)


@patch("/api/v1/odd/quiet", audited=False)
async def change_quietly(data: JSONBody[Wish], tx: Tx) -> None:
    await change(tx, data.word)
    if data.word == "crash":
        raise RuntimeError("quietly")


@delete("/api/v1/odd/{user_id:uuid}/by/{secret:str}/{name:str}", status_code=200)
async def delete_odd(user_id: FromPath[UUID], secret: FromPath[str], name: FromPath[str]) -> None:
    return None


@post("/api/v1/admin/odd", access=Access.ADMIN)
async def change_as_staff(tx: Tx) -> None:
    await change(tx, "staff")


@post("/api/v1/administration", access=Access.ADMIN)
async def change_beside(tx: Tx) -> None:
    await change(tx, "beside")


ROUTES = [
    make_change,
    change_and_refuse,
    refuse_and_change,
    change_and_crash,
    change_twice,
    change_at_second_try,
    read_only,
    answer_otherwise,
    change_quietly,
    delete_odd,
    change_as_staff,
    change_beside,
]


async def count_changes(services: Services, word: str) -> int:
    async with services.database.read() as conn:
        sql = "select count(*) from revisions where topic = $1 and subject = $2"
        return await conn.value(int, sql, TOPIC, word) or 0
