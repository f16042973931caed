"""Sends and confirms notices, decides on them, and lets time pass."""

import msgspec

from tests import make
from tests.domains.auth.recovery.mails import find_tokens, read_mails, text_of
from veza.core.ids import new_id
from veza.domains.moderation.copyright import jobs
from veza.domains.moderation.copyright.models.notices import CopyrightSettings, SendNoticeMail
from veza.domains.moderation.copyright.service import counters

CONFIRM = "legal/copyright/confirm"
COUNTER = {
    "statement": "I recorded it myself, in my own kitchen.",
    "name": "Ida Corner",
    "address": "1 Quay Street\n29200 Brest",
    "email": "ida.corner@example.org",
}


def settings_of(services) -> CopyrightSettings:
    given = services.settings
    return CopyrightSettings(
        given.copyright_hides_at_once,
        given.copyright_counter_period,
        given.copyright_repeat_notices,
        given.copyright_repeat_period,
    )


def notice_form(*urls, email=None, **changes):
    return {
        "work": "The recording “Corner Store” of 2024.",
        "rights_holder": "Night Ferry Records",
        "email": email or f"c{new_id().hex}@claims.example",
        "urls": list(urls),
        "statement": "In good faith: this is accurate, and I act for the owner.",
        "signature": "Ada Ferry",
    } | changes


async def send(client, form):
    return await client.post("copyright/notices", json=form)


async def deliver(services):
    """Send the mails to senders of notices that wait."""
    async with services.database.transaction(recorded=False) as tx:
        sql = "delete from jobs where name = 'SendNoticeMail' returning payload"
        payloads = await tx.column(bytes, sql)
    for payload in payloads:
        job = msgspec.json.decode(payload, type=SendNoticeMail)
        settings = settings_of(services)
        await jobs.send_mail(services.database, services.site_mailer, settings, job)


async def mails_to(services, email):
    """Return the subjects, without the name of the server, and the texts of mails."""
    await deliver(services)
    return [
        (str(mail["Subject"]).partition(" (")[0], text_of(mail))
        for mail in read_mails(services, email)
    ]


async def confirm(client, token):
    return await client.post("copyright/notices/confirm", json={"token": token})


async def send_confirmed(client, services, *urls, **changes):
    """Send a notice and open the mailed link; return its id and the address of its sender."""
    form = notice_form(*urls, **changes)
    answer = await send(client, form)
    assert answer.status_code == 202, answer.text
    await deliver(services)
    [token] = find_tokens(services, form["email"], CONFIRM)
    confirmed = await confirm(client, token)
    assert confirmed.json()["data"] == answer.json()["data"] | {"status": "pending"}
    return answer.json()["data"]["id"], form["email"]


async def decide(client, staff, notice_id, outcome, **more):
    path = f"admin/copyright/notices/{notice_id}/decide"
    body = {"outcome": outcome, "reason": "It is the recording of another."} | more
    return await client.post(path, headers=staff.headers, json=body)


async def show(client, staff, notice_id):
    answer = await client.get(f"admin/copyright/notices/{notice_id}", headers=staff.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def counter(client, owner, notice_id, **changes):
    path = f"copyright/notices/{notice_id}/counter"
    return await client.post(path, headers=owner.headers, json=COUNTER | changes)


async def restore_due(services):
    await counters.restore_due(services.database, services.takedown_context)
    await make.delivered(services)


async def let_days_pass(services, notice_id, days=15):
    """Move the time of a counter-notice so many days back."""
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            update copyright_counters
               set created_at = created_at - $2 * interval '1 day',
                   restore_at = restore_at - $2 * interval '1 day'
             where notice_id = $1
        """
        assert await tx.run(sql, notice_id, float(days))
