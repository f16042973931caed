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
from veza.app.services import Services
from veza.core.normalize import is_normal, lower_ascii, normalize_identifier
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.platform.mail.rules.limits import mail_count_key


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
