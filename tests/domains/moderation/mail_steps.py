"""Sends the mails that wait, and reads them."""

import msgspec

from tests import make
from tests.domains.auth.recovery.mails import read_mails, text_of
from veza.domains.auth.recovery.jobs import send_mail
from veza.domains.auth.recovery.models import SendMail


async def mails_to(services, email):
    """Send the mails to an address that wait, and return those sent so far."""
    await make.delivered(services)
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            delete from jobs
             where name = 'SendMail'
               and convert_from(payload, 'utf8') like '%' || $1 || '%'
         returning payload
        """
        payloads = await tx.column(bytes, sql, email)
    for payload in payloads:
        await send_mail(
            services.database,
            services.site_mailer,
            msgspec.json.decode(payload, type=SendMail),
        )
    return [
        (str(mail["Subject"]).partition(" (")[0], text_of(mail))
        for mail in read_mails(services, email)
    ]
