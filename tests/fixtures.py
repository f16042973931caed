"""What tests stand on: real engines, the assembled application, a transaction rolled back.

One PostgreSQL and one Valkey for each test process, started by the program's own launcher; an S3
where a test asks for it.
"""

import asyncio
import copy
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar
from litestar.datastructures import State

from tests import seaweed
from tests.application import assembled, packed_document, wrapped
from tests.documented import ensure_documented
from tests.make.delivery import deliver_all
from tests.raw import borrowed
from tests.seaweed import Seaweed
from tests.support.addresses import BASE_URL, own_address
from tests.support.cheap_passwords import CheapPasswords
from tests.support.data_template import fill
from tests.support.queued import forget_queued
from tests.support.worker_connections import WorkerConnections
from veza.app import sign_in
from veza.app.api import fill_state
from veza.app.reactions import REACTIONS
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.app.worker import run_until_empty
from veza.core.ids import new_id
from veza.http.api_docs import api_document
from veza.infra.jobs import worker
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Tx
from veza.infra.processes import embedded_postgres
from veza.infra.valkey import client as valkey
from veza.launcher.embedded_engines import own_engines

# The services of this process, once a test has asked for them.
_SERVICES = pytest.StashKey[Services]()


def pytest_configure() -> None:
    """Log tracebacks as the program does: those of structlog's own default take half a second."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A data directory for this process, with a short path: sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="veza-"))
    # Engines that lose root's rights must get at their own folders.
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(data_dir: Path) -> Settings:
    return Settings(
        env=Environment.TEST,
        data_dir=data_dir,
        upload_max_bytes=64 * 1024 * 1024,
        # Tests upload more at a time than a member may; those of the quotas set their own.
        uploads_per_member=1000,
        # Tests ask more often than anybody may; those of the limits set their own.
        rate_limit_global=0,
        rate_limit_per_ip=0,
        sign_ups_without_proof=0,
    )


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Wait longer for connections and for Valkey, so that a busy machine changes no answer.

    Tests of these limits set their own. Servers that tests start as processes keep the real ones.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "ACQUIRE_TIMEOUT_S", 60)
        patch.setattr(valkey, "TIMEOUT_S", 30.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_document() -> Iterator[None]:
    """Give each application the same OpenAPI document, made when the first is asked for it.

    A server has made it before it serves. It is the same with other settings.
    """

    def pack(_: Litestar) -> bytes:
        return packed_document()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_document, "pack_document", pack)
        yield


@pytest.fixture(scope="session")
async def services(
    request: pytest.FixtureRequest, settings: Settings, patience: None
) -> AsyncIterator[Services]:
    """The services of one application, on engines of this test process.

    PostgreSQL does not wait for the disk: its data is deleted with the process. Tests that kill a
    server start one of their own, which does. Passwords are hashed cheaply.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            patch.setitem(embedded_postgres.SETTINGS, name, "off")
        fill(settings.data_dir)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(own_engines(settings))
            patch.undo()
            patch.setattr(sign_in, "Passwords", CheapPasswords)
            opened = await stack.enter_async_context(open_services(settings))
            shared = WorkerConnections(opened.addresses.database, stack)
            patch.setattr(worker, "connect", shared.connect)
            request.session.stash[_SERVICES] = opened
            yield opened


@pytest.fixture
async def tx(services: Services) -> AsyncIterator[Tx]:
    """A transaction that is rolled back; deferred constraints are checked before that."""
    async with borrowed(services) as raw:
        await raw.execute("begin")
        try:
            yield Tx(raw)
            await raw.execute("set constraints all immediate")
        finally:
            await raw.execute("rollback")


@pytest.fixture
async def owner_tx(services: Services) -> AsyncIterator[Tx]:
    """A transaction of the tables' owner, who alone may `analyze` them; it is rolled back."""
    async with db.connect(services.addresses.migration, max_size=1) as owning:
        raw = await owning.pool.acquire()
        await raw.execute("begin")
        try:
            yield Tx(raw)
        finally:
            await raw.execute("rollback")
            owning.pool.release(raw, is_idle=False)


@pytest.fixture(scope="session")
def app(settings: Settings, services: Services) -> Litestar:
    litestar = copy.copy(assembled(settings.body_max_bytes))
    litestar.state = State()
    fill_state(litestar.state, services)
    return litestar


@pytest.fixture
async def client(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API over ASGI. Each answer must be one that the OpenAPI document promises."""
    transport = httpx.ASGITransport(
        app=wrapped(app, settings), raise_app_exceptions=False, client=(own_address(), 1234)
    )
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as made:
        made.event_hooks["response"].append(ensure_documented)
        yield made


@pytest.fixture(scope="session")
def s3() -> Iterator[Seaweed]:
    """An S3, started by the first test that asks for it."""
    with seaweed.running() as running:
        yield running


@pytest.fixture
async def no_database(services: Services) -> AsyncIterator[Services]:
    """The services of a process that has lost its database."""
    async with db.connect("postgresql://nobody@/none?host=/nowhere") as gone:
        yield msgspec.structs.replace(services, database=gone)


@pytest.fixture
async def no_valkey(services: Services) -> AsyncIterator[Services]:
    """The services of a process that has lost Valkey."""
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        yield msgspec.structs.replace(services, valkey=gone)


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """The loop of the session, for tests that no loop runs."""
    return asyncio.get_running_loop()


@pytest.fixture(scope="module", autouse=True)
async def nothing_queued(request: pytest.FixtureRequest) -> None:
    """Begin each module without the events and jobs that others left: some take minutes."""
    services = request.session.stash.get(_SERVICES, None)
    if services is not None:
        await forget_queued(services)


@pytest.fixture
def work(services: Services) -> Callable[[], Awaitable[None]]:
    """Deliver all events and do all jobs: `await work()`, but for documents of earlier orders."""
    began = str(new_id())

    async def run() -> None:
        await deliver_all(EventDelivery(services.database, REACTIONS))
        await _forget_documents(services, began)
        await run_until_empty(services)

    return run


async def _forget_documents(services: Services, began: str) -> None:
    """Forget documents of earlier orders, which take long to typeset."""
    sql = """
        delete from jobs
         where status = 'queued'
           and name = 'IssueDocument'
           and convert_from(payload, 'utf8')::json ->> 'order_id' < $1
    """
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql, began)
