"""Writes and sends broadcasts, reads the mails that arrive, and lets time pass."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar

from tests import make
from tests.infra.smtp import Received, SmtpServer
from tests.make import Page, Person
from veza.app.services import Services
from veza.core.ids import BroadcastId
from veza.domains.mailings.broadcasts import jobs
from veza.domains.mailings.broadcasts.models import NoteReport, SendBroadcast, SendBroadcastTest
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.subscribers import jobs as subscriber_jobs
from veza.domains.mailings.subscribers.jobs import AskingContext
from veza.domains.mailings.subscribers.models import AskImported
from veza.infra.mail.bulk_mailer import SmtpBulkMailer
from veza.infra.mail.mail_settings import read_bounce_address, read_sender, read_smtp_url

FORM = {"subject": "Night Ferry is out", "text": "It took a year.\n\nListen: https://a.example/1"}
OWN_URL = "https://music.example"
API = f"{OWN_URL}/api/v1"


@dataclass(frozen=True)
class Post:
    """A server that takes bulk mail, and the context that sends through it."""

    services: Services
    server: SmtpServer
    context: BroadcastContext

    @property
    def received(self) -> list[Received]:
        return self.server.received

    @property
    def recipients(self) -> list[str]:
        return sorted(each.recipient for each in self.received)

    @property
    def asking(self) -> AskingContext:
        context = self.context
        return AskingContext(
            context.subscribers, context.mailer, context.bulk, context.tokens, context.rates
        )

    async def run(self, broadcast_id: str | None = None) -> None:
        """Do the jobs of broadcasts that wait, and those that they enqueue; or of one."""
        database = self.services.database
        if broadcast_id is not None:
            job = SendBroadcast(BroadcastId(UUID(broadcast_id)))
            await jobs.send_broadcast(database, self.context, job)
        kinds: dict[str, tuple[type[Any], Any]] = {
            "SendBroadcast": (SendBroadcast, jobs.send_broadcast),
            "SendBroadcastTest": (SendBroadcastTest, jobs.send_test),
            "NoteReport": (NoteReport, jobs.note_report),
        }
        for name, (kind, run) in kinds.items():
            while payloads := await take_jobs(self.services, name):
                for payload in payloads:
                    job = msgspec.json.decode(payload, type=kind)
                    await run(database, self.context, job)

    async def ask(self) -> None:
        """Mail the links to imported addresses that wait."""
        while await take_jobs(self.services, "AskImported"):
            await subscriber_jobs.ask_imported(self.services.database, self.asking, AskImported())


@asynccontextmanager
async def open_post(
    app: Litestar, services: Services, url: str | None = None
) -> AsyncIterator[Post]:
    """Take bulk mail, and send through it, or through the server at a URL."""
    registry = app.state.services
    before: BroadcastContext = registry.get(BroadcastContext)
    async with SmtpServer().listening() as server:
        bulk = SmtpBulkMailer(
            read_smtp_url(url or server.url()),
            read_sender("Veza <news@example.org>"),
            bounces=read_bounce_address("bounces@example.org"),
            connections=4,
        )
        mailer = msgspec.structs.replace(before.mailer, own_url=OWN_URL)
        context = msgspec.structs.replace(before, bulk=bulk, mailer=mailer)
        registry.replace(BroadcastContext, context)
        try:
            yield Post(services, server, context)
        finally:
            registry.replace(BroadcastContext, before)


async def take_jobs(services: Services, name: str) -> list[bytes]:
    async with services.database.transaction(recorded=False) as tx:
        sql = "delete from jobs where name = $1 and status = 'queued' returning payload"
        return await tx.column(bytes, sql, name)


async def run_sql(services: Services, sql: str, *values: object) -> None:
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, *values)


def email_of(person: Person) -> str:
    return f"{person.username}@example.com"


async def verified(services: Services, *people: Person) -> None:
    sql = "update users set email_verified_at = now() where id = any($1::uuid[])"
    await run_sql(services, sql, [each.id for each in people])


async def follower(services: Services, page: Page, *, is_verified: bool = True) -> Person:
    """Make a member who follows a page."""
    person = await make.person(services)
    if is_verified:
        await verified(services, person)
    async with services.database.transaction() as tx:
        await tx.run("insert into follows values ($1, $2)", person.id, page.id)
    return person


async def create(client: httpx.AsyncClient, page: Page, **changes: object) -> dict[str, Any]:
    path = f"profiles/{page.id}/broadcasts"
    answer = await client.post(path, json=FORM | changes, headers=page.owner.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def plan(
    client: httpx.AsyncClient, page: Page, broadcast: dict[str, Any], send_at: str | None = None
) -> httpx.Response:
    path = f"profiles/{page.id}/broadcasts/{broadcast['id']}/send"
    return await client.post(path, json={"send_at": send_at}, headers=page.owner.headers)


async def show(client: httpx.AsyncClient, page: Page, broadcast: dict[str, Any]) -> dict[str, Any]:
    path = f"profiles/{page.id}/broadcasts/{broadcast['id']}"
    answer = await client.get(path, headers=page.owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def send(
    client: httpx.AsyncClient, post: Post, page: Page, **changes: object
) -> dict[str, Any]:
    """Write and send a broadcast; return it with its numbers."""
    broadcast = await create(client, page, **changes)
    answer = await plan(client, page, broadcast)
    assert answer.status_code == 200, answer.text
    await post.run()
    return await show(client, page, broadcast)


def numbers(broadcast: dict[str, Any]) -> dict[str, int]:
    names = ("recipients", "sent", "refused", "left_out", "unsubscribed")
    return {name: broadcast[name] for name in names if broadcast[name]}


def token_of(received: Received) -> str:
    """Return the token by which a mail unsubscribes."""
    url = received.message["List-Unsubscribe"].strip("<>")
    assert url.startswith(f"{API}/subscribers/")
    assert url.endswith("/unsubscribe")
    return url.split("/")[-2]


async def unsubscribe(client: httpx.AsyncClient, token: str) -> httpx.Response:
    """Unsubscribe as mail programs do (RFC 8058)."""
    return await client.post(
        f"subscribers/{token}/unsubscribe", data={"List-Unsubscribe": "One-Click"}
    )
