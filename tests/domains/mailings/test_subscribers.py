"""Addresses ask, confirm and end; lists are imported and taken out."""

import asyncio
import re

import msgspec
import pytest

from tests import make
from tests.domains.auth.recovery.mails import read_mails
from tests.domains.mailings.mailing_steps import (
    email_of,
    run_sql,
    send,
    take_jobs,
    token_of,
    unsubscribe,
    verified,
)
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.languages import Language
from veza.core.normalize import normalize_identifier
from veza.domains.mailings.subscribers import jobs, rules
from veza.domains.mailings.subscribers.models import (
    ExportedSubscriber,
    SendConfirmation,
    SubscriptionSource,
    UnsubscribeLink,
)
from veza.domains.mailings.subscribers.service import SubscriberContext
from veza.domains.platform.mail.rules.templates import load_templates
from veza.domains.platform.suppressions import service as suppressions
from veza.infra.mail.refusals import MailRefusal

_PACKAGE = "veza.domains.mailings.subscribers"


def unused_address():
    return f"s{new_id().hex[-20:]}@fans.example"


async def subscribe(client, page, email, **changes):
    return await client.post(f"profiles/{page.id}/subscribers", json={"email": email} | changes)


async def deliver(services, post):
    """Send the mails to addresses that people entered."""
    for payload in await take_jobs(services, "SendConfirmation"):
        job = msgspec.json.decode(payload, type=SendConfirmation)
        await jobs.send_confirmation(services.database, post.asking, job)


def tokens_in(mails):
    return re.findall(r"/mail/confirm#token=([\w.-]+)", "\n".join(mails))


async def confirm(client, token):
    return await client.post("subscribers/confirm", json={"token": token})


async def take_out(client, page):
    path = f"profiles/{page.id}/subscribers/export"
    answer = await client.get(path, headers=page.owner.headers)
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.text.splitlines()


async def counts(client, page):
    answer = await client.get(f"profiles/{page.id}/subscribers", headers=page.owner.headers)
    return answer.json()["data"]


async def import_list(client, page, text):
    path = f"profiles/{page.id}/subscribers/import"
    return await client.post(path, json={"csv": text}, headers=page.owner.headers)


async def test_an_address_confirms_gets_mail_and_ends_it(client, services, post, artist, ann):
    email = unused_address()
    known = (await subscribe(client, artist, email_of(ann))).json()
    assert (await subscribe(client, artist, email, language="fr")).json() == known
    await deliver(services, post)
    [mail] = read_mails(services, email)
    assert mail["Subject"] == "Confirme : les messages de Night Ferry"
    assert (await counts(client, artist))["confirmed"] == 0
    assert len(await take_out(client, artist)) == 1
    [token] = tokens_in([mail.get_body(("plain",)).get_content()])
    for _ in range(2):
        answer = await confirm(client, token)
        assert answer.json()["data"]["handle"] == artist.handle
    for wrong in ("", "x", token[:-1], token.replace(".", ".x"), f"{token}x"):
        assert (await confirm(client, wrong)).json()["code"] == "invalid_link"
    assert await counts(client, artist) == {"confirmed": 1, "pending": 1}
    [_, row] = await take_out(client, artist)
    assert row.startswith(f"{email},form,20")
    assert row.endswith(",1")

    await send(client, post, artist, audience="subscribers")
    assert post.recipients == [email]
    # Asking again changes nothing, and mails nothing.
    assert (await subscribe(client, artist, email)).json() == known
    await deliver(services, post)
    assert len(read_mails(services, email)) == 1
    assert (await unsubscribe(client, token_of(post.received[0]))).status_code == 200
    assert len(await take_out(client, artist)) == 1
    assert (await confirm(client, token)).json()["code"] == "invalid_link"
    async with services.database.read() as conn:
        sql = "select count(*) from mail_subscriptions where email = $1"
        assert await conn.value(int, sql, email) == 0
    # Its owner may ask for it again; a list may not.
    asked = await import_list(client, artist, email)
    assert asked.json()["data"] == {"asked": 0, "known": 1, "invalid": 0}
    await subscribe(client, artist, email)
    assert (await counts(client, artist))["pending"] == 2


async def test_a_list_is_asked_once(client, services, post, artist):
    first, second, lost = (unused_address() for _ in range(3))
    async with services.database.transaction(recorded=False) as tx:
        await suppressions.note_refusal(tx, lost, MailRefusal(550, "5.1.1"))
    text = f"name;mail\n=Ada;{first}\nBob;'{second}\n;{lost}\n{second};x\nnobody;none\n\n"
    answer = await import_list(client, artist, text)
    assert answer.json()["data"] == {"asked": 3, "known": 0, "invalid": 1}
    again = await import_list(client, artist, text)
    assert again.json()["data"] == {"asked": 0, "known": 3, "invalid": 1}
    for _ in range(2):
        await post.ask()
        await jobs.ask_waiting(services.database)
    assert post.recipients == sorted([first, second])
    mail = post.received[0].message
    assert mail["Subject"] == "Night Ferry asks whether you want their mail"
    assert (await counts(client, artist))["confirmed"] == 0
    [token] = tokens_in([mail.get_body(("plain",)).get_content()])
    assert (await confirm(client, token)).status_code == 200
    [_, row] = await take_out(client, artist)
    assert row.startswith(f"{post.received[0].recipient},import,")
    nothing = await import_list(client, artist, "name\nnobody")
    assert (nothing.status_code, nothing.json()["code"]) == (400, "no_addresses")


async def test_members_choose_and_are_in_the_list(client, services, artist, bob):
    path = f"profiles/{artist.id}/subscription"
    before = await client.get(path, headers=bob.headers)
    assert before.json()["data"] == {"subscribed": False, "ended": False}
    for subscribed in (True, False, True):
        answer = await client.put(path, json={"subscribed": subscribed}, headers=bob.headers)
        expected = {"subscribed": subscribed, "ended": not subscribed}
        assert answer.json()["data"] == expected
    # An address that is not verified may be of somebody else.
    assert len(await take_out(client, artist)) == 1
    await verified(services, bob)
    [_, row] = await take_out(client, artist)
    assert row.startswith(f"{email_of(bob)},member,")
    as_page = await client.put(path, json={"subscribed": True}, headers=artist.headers)
    assert as_page.json()["code"] == "accounts_only"
    missing = await client.get(f"profiles/{new_id()}/subscription", headers=bob.headers)
    assert missing.status_code == 404


async def test_who_does_not_confirm_is_forgotten(client, services, post, artist):
    email = unused_address()
    await import_list(client, artist, email)
    await post.ask()
    [token] = tokens_in([post.received[0].message.get_body(("plain",)).get_content()])
    sql = "update mail_subscriptions set expires_at = now() where email = $1"
    await run_sql(services, sql, email)
    assert (await confirm(client, token)).json()["code"] == "invalid_link"
    await jobs.sweep_subscriptions(services.database)
    assert (await import_list(client, artist, email)).json()["data"]["asked"] == 0


async def test_who_is_asked_ends_it_by_one_click(client, services, post, artist):
    asked, entered = unused_address(), unused_address()
    await import_list(client, artist, asked)
    await post.ask()
    [received] = post.received
    assert received.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    ended = await unsubscribe(client, token_of(received))
    assert ended.json()["data"]["handle"] == artist.handle
    [token] = tokens_in([received.message.get_body(("plain",)).get_content()])
    assert (await confirm(client, token)).json()["code"] == "invalid_link"
    again = await import_list(client, artist, asked)
    assert again.json()["data"] == {"asked": 0, "known": 1, "invalid": 0}
    # Who entered it is told the same way, and may do so again.
    await subscribe(client, artist, entered)
    await deliver(services, post)
    [mail] = read_mails(services, entered)
    text = mail.get_body(("plain",)).get_content()
    [token] = re.findall(r"/mail/unsubscribe#token=([\w.-]+)", text)
    assert token in mail["List-Unsubscribe"]
    assert (await unsubscribe(client, token)).status_code == 200
    assert (await counts(client, artist))["pending"] == 0
    async with services.database.read() as conn:
        sql = "select count(*) from mail_subscriptions where email = any($1)"
        assert await conn.value(int, sql, [asked, entered]) == 0
    await subscribe(client, artist, entered)
    assert (await counts(client, artist))["pending"] == 1


async def test_what_strangers_send_is_bounded(app, client, services, artist, monkeypatch):
    registry = app.state.services
    context = registry.get(SubscriberContext)
    gate = msgspec.structs.replace(context.gate, most_unproved=1)
    registry.replace(SubscriberContext, msgspec.structs.replace(context, gate=gate))
    try:
        await context.counters.clear(rules.FLOOD_KEY)
        assert (await subscribe(client, artist, unused_address())).status_code == 202
        asked = await subscribe(client, artist, unused_address())
        assert asked.json()["code"] == "proof_required"
    finally:
        registry.replace(SubscriberContext, context)
        await context.counters.clear(rules.FLOOD_KEY)
    monkeypatch.setattr(rules, "MAX_FROM_NETWORK", 2)
    few = await subscribe(client, artist, unused_address())
    assert (few.status_code, few.json()["code"]) == (429, "too_many_subscriptions")
    monkeypatch.undo()
    monkeypatch.setattr(rules, "MAX_PENDING", 1)
    full = await subscribe(client, artist, unused_address())
    assert (full.status_code, full.json()["code"]) == (503, "subscriptions_full")
    monkeypatch.undo()
    monkeypatch.setattr(rules, "MAX_IMPORTED", 1)
    most = await import_list(client, artist, f"{unused_address()}\n{unused_address()}")
    assert (most.status_code, most.json()["code"]) == (409, "too_many_imported")
    assert (await subscribe(client, make.Page(new_id(), "x", artist.owner), "a@b.example")).json()[
        "code"
    ] == "profile_not_found"


async def test_one_address_is_asked_once_by_two_requests(client, services, post, artist):
    email = unused_address()
    answers = await asyncio.gather(*(subscribe(client, artist, email) for _ in range(4)))
    assert {each.status_code for each in answers} == {202}
    await deliver(services, post)
    assert len(set(tokens_in(map(_plain, read_mails(services, email))))) == 1
    assert await counts(client, artist) == {"confirmed": 0, "pending": 1}


def _plain(mail):
    return mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("language", list(Language))
def test_each_language_says_the_same(language):
    english = load_templates(_PACKAGE, Language.ENGLISH)
    found = load_templates(_PACKAGE, language)
    assert found.keys() == english.keys() == {"form", "import"}
    for name, template in found.items():
        shape = [part[:1] == ">" for part in template.paragraphs]
        assert shape == [part[:1] == ">" for part in english[name].paragraphs]
        texts = [template.subject, *template.paragraphs]
        assert set(re.findall(r"\$(\w+)", " ".join(texts))) == {"sender", "host"}


@pytest.mark.parametrize(
    ("text", "found", "invalid"),
    [
        ("a@b.example", ["a@b.example"], 0),
        ("email,name\r\na@b.example,Ada\r\n", ["a@b.example"], 0),
        ("Ada\ta@b.example\nBob\tc@d.example\n", ["a@b.example", "c@d.example"], 0),
        ('"Ferry, Ada",<a@b.example>\nnobody\n', ["a@b.example"], 1),
        ("a@b.example\na@b.example\n", ["a@b.example"], 0),
        ("a@\nb\n", [], 1),
        ("ADA@b.example\ngröber@b.example\nÖ@b.example", ["ADA@b.example", "gröber@b.example"], 1),
    ],
)
def test_addresses_are_found_in_lists(text, found, invalid):
    assert rules.find_addresses(text) == (found, invalid)
    assert normalize_identifier("ADA@b.example") == "ada@b.example"


def test_a_list_is_no_formula():
    source = SubscriptionSource.FORM
    row = ExportedSubscriber(new_id(), "=cmd@b.example", source, now(), "::", 1)
    assert rules.write_list([row]).startswith(b"'=cmd@b.example,form,")


def test_what_ends_mail_is_read_as_it_was_written():
    for broadcast_id in (None, new_id()):
        link = UnsubscribeLink(new_id(), True, new_id(), broadcast_id)
        assert rules.read_unsubscribe_text(rules.write_unsubscribe_text(link)) == link
    for text in ("", "m", "x.a.b", "m.a.b.c.d", "m..", "m." + "a" * 26 + ".?"):
        assert rules.read_unsubscribe_text(text) is None
