"""Mails are counted by address; what could not be sent does not count."""

import pytest

from tests.domains.auth.recovery.mails import sending_through
from tests.infra.smtp import SmtpServer
from veza.app.services import Services
from veza.core.ids import new_id
from veza.infra.mail.mailer import Mail, MailUnavailable


async def test_attempts_during_an_outage_do_not_use_up_what_an_address_gets(
    services: Services,
) -> None:
    address = f"m{new_id().hex}@example.com"
    server = SmtpServer({"MAIL": "451 later"})
    sent: list[bool] = []
    async with sending_through(services, server) as mailer:

        async def send() -> None:
            async with mailer.counting("a_test", address, most=2) as may_send:
                sent.append(may_send)
                if may_send:
                    await mailer.send_or_drop(Mail(address, "Hello", "Hello"), "a_test")

        for _ in range(5):
            with pytest.raises(MailUnavailable):
                await send()
        server.answers.pop("MAIL")
        for _ in range(3):
            await send()
        server.answers["RCPT"] = "550 5.1.1 nobody"
        await send()

    assert sent == [True] * 7 + [False] * 2
    assert len(server.received) == 2
