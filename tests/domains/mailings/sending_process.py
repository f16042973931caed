"""A process that sends a broadcast until it is done or killed, for the test that kills it."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from veza.app.service_registry import create_registry
from veza.app.services import open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.core.ids import BroadcastId
from veza.domains.mailings.broadcasts.service import sending
from veza.domains.mailings.broadcasts.service.context import BroadcastContext


async def send(data_dir: str, smtp_url: str, broadcast_id: str) -> None:
    settings = Settings(env=Environment.TEST, data_dir=Path(data_dir), bulk_smtp_url=smtp_url)
    async with open_services(settings) as services:
        context = create_registry(services).get(BroadcastContext)
        while await sending.send_some(services.database, context, BroadcastId(UUID(broadcast_id))):
            pass


if __name__ == "__main__":
    asyncio.run(send(*sys.argv[1:]))
