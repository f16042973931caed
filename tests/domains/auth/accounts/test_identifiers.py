"""Normalized addresses and usernames: Python and the database agree."""

import re
import unicodedata
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.architecture.source import SRC
from tests.domains.auth.accounts.people import PASSWORD, bearer, registration, sign_in, sign_up
from tests.infra.databases import execute, scratch
from veza.app.services import Services
from veza.core.normalize import is_normal, lower_ascii, normalize_identifier
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.auth.recovery.rules import mail_count_key
from veza.infra.postgres import migrate as migrate_module
from veza.infra.postgres.migrate import migrate, read_migrations

ADD_KEYS = "0042_add_identifier_keys"


@given(st.text())
def test_normalising_twice_is_the_same_as_once(text: str) -> None:
    once = normalize_identifier(text)

    assert normalize_identifier(once) == once


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_of_ascii_case_alone_is_dropped(text: str) -> None:
    assert normalize_identifier(text) == lower_ascii(text) == text.lower()
    assert is_normal(text)


@given(st.text())
def test_no_other_text_has_the_key_of_one_that_is_accepted(text: str) -> None:
    """What is stored is normal: so its key is found by all that normalises to it, and no other."""
    normal = normalize_identifier(text)
    if is_normal(text):
        assert lower_ascii(text) == normal
    else:
        assert lower_ascii(text) != normal


async def test_the_key_columns_lower_a_to_z_and_nothing_else(services: Services) -> None:
    """For every character that can be stored, and in every place."""
    sql = """
        select count(*)
          from generate_series(1, 1114111) as n
         where n not between 55296 and 57343
           and n not between 65 and 90
           and lower(chr(n) || 'Ab' || chr(n) collate "C") <> chr(n) || 'ab' || chr(n)
    """
    async with services.database.transaction() as tx:
        assert await tx.value(int, sql) == 0
        assert await tx.value(str, """select lower('AZaz' collate "C")""") == "azaz"


async def test_the_key_columns_are_generated_with_that(services: Services) -> None:
    sql = """
        select string_agg(attname || ' ' || pg_get_expr(adbin, adrelid), '; ' order by attname)
          from pg_attribute join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = 'users'::regclass and attgenerated = 's'
    """
    async with services.database.read() as conn:
        found = await conn.value(str, sql)

    assert (
        found == 'email_key lower((email COLLATE "C")); username_key lower((username COLLATE "C"))'
    )


def test_no_statement_folds_an_identifier() -> None:
    found = [
        str(path)
        for path in SRC.rglob("*.py")
        if re.search(r"(lower|upper|unaccent)\(\s*(\w+\.)?(username|email)\b", path.read_text())
    ]
    assert found == []


async def test_an_account_is_found_by_every_spelling_that_means_its_address(
    client: httpx.AsyncClient,
) -> None:
    email = f"gröber.straße.{registration()['username']}@example.com"
    await sign_up(client, email=email)

    for spelling in (email, unicodedata.normalize("NFD", email), email.replace("ö", "Ö").title()):
        if normalize_identifier(spelling) == normalize_identifier(email):
            assert (await sign_in(client, spelling, PASSWORD)).status_code == 200


async def test_a_change_to_an_address_that_is_not_normal_is_400(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for email in ("GR\u00d6BER@example.com", "a@[127.0.0.1]"):
        change = {"email": email, "current_password": PASSWORD}
        headers = bearer(someone["access_token"])
        answer = await client.put("users/me", json=change, headers=headers)
        assert answer.status_code == 400
        assert [fault["field"] for fault in answer.json()["details"]] == ["email"]


@pytest.mark.parametrize("email", ["GR\u00d6BER@example.com", "a@[127.0.0.1]", "a@127.0.0.1"])
async def test_validation_says_so_too(client: httpx.AsyncClient, email: str) -> None:
    answer = await client.post("validate", json={"type": "email", "value": email})
    data: dict[str, Any] = answer.json()["data"]

    assert data["valid"] is False
    assert len(data["errors"]) == 1


async def test_no_link_to_another_password_goes_to_a_literal(client: httpx.AsyncClient) -> None:
    answer = await client.post("auth/password/forgot", json={"email": "a@[127.0.0.1]"})

    assert answer.status_code == 400


def test_mails_to_an_address_are_counted_however_it_is_spelt() -> None:
    keys = {mail_count_key(MailPurpose.PASSWORD_RESET, f"{k}@example.com") for k in "kK\u212a"}

    assert len(keys) == 1


OLD = {
    # What was stored: what is stored afterwards.
    "Anna@Example.com": "Anna@Example.com",
    "MÜLLER@example.com": "müller@example.com",
    "Größer@example.com": "Größer@example.com",
    "\u0130i@example.com": "i\u0307i@example.com",
    "gro\u0308ber@example.com": "gröber@example.com",
    "ΝΙΚΟΣ@example.com": "νικοσ@example.com",
    # Somebody else has what it would become, or becomes it first.
    "o\ufb03ce@example.com": "o\ufb03ce@example.com",
    "office@example.com": "office@example.com",
    "\u00c9\ufb03@example.com": "éffi@example.com",
    "\u00c9ffi@example.com": "Éffi@example.com",
}


async def test_addresses_from_before_are_brought_into_the_form_in_which_they_are_found(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = read_migrations()
    before = [entry for entry in every if entry[0] < ADD_KEYS]
    async with scratch(services) as fresh:
        monkeypatch.setattr(migrate_module, "read_migrations", lambda: before)
        await migrate(fresh.owner_url, fresh.app_url)
        for n, email in enumerate(OLD):
            user_id = f"00000000-0000-7000-8000-{n:012}"
            user = "insert into users (id, username, email, password_hash) values ($1, $2, $3, '')"
            await execute(fresh.owner_url, user, user_id, f"old_{n}", email)
            link = """
                insert into email_tokens (user_id, purpose, token_hash, email, expires_at)
                     values ($1, 'password_reset', sha256($2), $3, now() + interval '1 h')
            """
            await execute(fresh.owner_url, link, user_id, bytes([n]), email)
        monkeypatch.setattr(migrate_module, "read_migrations", lambda: every)
        await migrate(fresh.owner_url, fresh.app_url)
        rows = await execute(
            fresh.owner_url,
            """
            select u.email, u.email_key, t.email
              from users u join email_tokens t on t.user_id = u.id
             order by u.username
            """,
        )

    assert [email for email, _, _ in rows] == list(OLD.values())
    for email, key, linked in rows:
        assert key == lower_ascii(email)
        assert linked == email
    odd = {email for email, _, _ in rows if not is_normal(email)}
    assert odd == {"o\ufb03ce@example.com", "Éffi@example.com"}


async def test_the_migration_lowers_every_letter_as_the_program_does(services: Services) -> None:
    sql = """
        select array_agg(chr(n) order by n),
               array_agg(
                   normalize(
                       lower(replace(normalize(chr(n), nfkc), U&'\\0130', U&'i\\0307')
                             collate "pg_c_utf8"),
                       nfkc
                   ) order by n
               )
          from generate_series(128, 1114111) as n
         where n not between 55296 and 57343
    """
    ((characters, lowered),) = await execute(services.addresses.migration, sql)
    # Letters that only the database's newer Unicode knows mean nothing to the program.
    differing = [
        character
        for character, low in zip(characters, lowered, strict=True)
        if low != normalize_identifier(character) and unicodedata.category(character) != "Cn"
    ]

    assert differing == []
