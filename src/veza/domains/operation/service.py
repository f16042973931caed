"""Asking the machines that we depend on whether they are well."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.domains.operation import queries, rules
from veza.domains.operation.models import Check, DeepHealth, Health, Ready
from veza.infra.db import Database
from veza.infra.storage import Storage
from veza.infra.valkey import GONE, Client

log = structlog.get_logger()

_PATIENCE_S = 2.0


class Machines(Struct, frozen=True):
    """What we depend on, and what may be told of the settings."""

    database: Database
    valkey: Client
    storage: Storage
    data_dir: Path
    config: dict[str, Any]


async def tell_readiness(machines: Machines) -> Ready:
    """Tell whether requests should come here: a quick look at database and cache."""
    names = ("database", "redis")
    answers = await asyncio.gather(_check_database(machines), _check_valkey(machines))
    return Ready(rules.readiness(dict(zip(names, answers, strict=True))))


async def examine(machines: Machines) -> DeepHealth:
    """Examine every part. Each has two seconds to answer."""
    names = ("database", "redis", "storage", "disk")
    answers = await asyncio.gather(
        _check_database(machines),
        _check_valkey(machines),
        _check_storage(machines),
        _check_disk(machines),
    )
    checks: dict[str, Check] = dict(zip(names, answers, strict=True))
    return DeepHealth(rules.fitness(checks), now(), checks, machines.config)


async def _check_database(machines: Machines) -> Check:
    async def ask() -> None:
        async with machines.database.read() as conn:
            await queries.ask(conn)

    return await _try("database", ask)


async def _check_valkey(machines: Machines) -> Check:
    async def ask() -> None:
        await machines.valkey.get("veza:health")

    return await _try("redis", ask)


async def _check_storage(machines: Machines) -> Check:
    check = await _try("storage", machines.storage.check)
    return Check(check.status, {"kind": "local" if machines.storage.is_local else "remote"})


async def _check_disk(machines: Machines) -> Check:
    free = await asyncio.to_thread(lambda: shutil.disk_usage(machines.data_dir).free)
    status = Health.OK if free >= rules.MIN_FREE_BYTES else Health.ERROR
    return Check(status, {"free_gb": round(free / 1e9, 1)})


async def _try(name: str, ask: Callable[[], Awaitable[None]]) -> Check:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await ask()
    except (Unavailable, TimeoutError, *GONE) as error:
        # What exactly is wrong is for the log: the answer is public.
        log.warning("check_failed", check=name, error=str(error))
        return Check(Health.ERROR)
    return Check(Health.OK)
