"""Pages whose owners are suspended or erased: hidden with the last, deleted with the only one."""

import msgspec
import pytest

from tests import make
from tests.make import Page
from veza.app.domains import PERSONAL_DATA
from veza.app.settings.setting_types import FactorGroup
from veza.app.sign_in import find_policy
from veza.core.access import Role
from veza.core.ids import ModerationActionId, new_id
from veza.core.profiles import ProfileRole
from veza.domains.auth.accounts.service import suspensions
from veza.domains.auth.recovery.models import SendMail
from veza.domains.moderation.appeals import jobs as appeals
from veza.domains.moderation.reports.events import ModerationActionTaken
from veza.domains.moderation.reports.models import ModerationActionType
from veza.domains.privacy import service as privacy
from veza.domains.profiles.jobs import follow_owner


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann, display_name="Nova")


@pytest.fixture
def settle(services):
    """Suspend or let back somebody, and deliver the event: `await settle(suspensions.…, who)`."""

    async def change(event_kind, person_id, *, reason: str | None = None) -> None:
        async with services.database.transaction() as tx:
            if reason is not None:
                await suspensions.suspend(tx, person_id, reason)
            else:
                await suspensions.lift_suspension(tx, person_id)
        async with services.database.transaction(recorded=False) as tx:
            await follow_owner(tx, event_kind(person_id))

    return change


async def is_shown(client, page) -> bool:
    return (await client.get(f"users/{page.handle}")).status_code == 200


async def test_a_page_is_hidden_with_its_last_owner_and_comes_back(
    client, services, page, ann, bob, settle
):
    await make.role_in(services, page, bob, ProfileRole.OWNER)
    editor = await make.person(services)
    await make.role_in(services, page, editor)
    await settle(suspensions.UserSuspended, ann.id, reason="One.")
    assert await is_shown(client, page)
    await settle(suspensions.UserSuspended, bob.id, reason="Two.")
    assert not await is_shown(client, page)
    refused = await client.get("users/me/likes", headers=page.headers_of(editor))
    assert refused.json()["code"] == "not_your_profile"
    await settle(suspensions.UserUnsuspended, ann.id)
    assert await is_shown(client, page)
    assert (await client.get("tracks", headers=page.headers_of(editor))).status_code == 200


async def test_what_staff_suspends_does_not_come_back_with_its_owner(client, page, ann, settle):
    await settle(suspensions.UserSuspended, ann.id, reason="The owner.")
    await settle(suspensions.UserSuspended, page.id, reason="The page.")
    await settle(suspensions.UserUnsuspended, ann.id)
    assert not await is_shown(client, page)
    await settle(suspensions.UserUnsuspended, page.id)
    assert await is_shown(client, page)


async def test_mail_about_a_page_goes_to_its_owners(services, page, ann, bob, moderator):
    await make.role_in(services, page, bob, ProfileRole.OWNER)
    editor = await make.person(services)
    await make.role_in(services, page, editor)
    action_id = ModerationActionId(new_id())
    warn = ModerationActionType.WARN
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            insert into moderation_actions (id, user_id, action, reason, decided_by)
                 values ($1, $2, 'warn', 'Enough.', $3)
        """
        await tx.run(sql, action_id, page.id, moderator.id)
        await appeals.send_sanction_mail(tx, ModerationActionTaken(action_id, page.id, warn))
    async with services.database.read() as conn:
        sql = """
            select convert_from(payload, 'utf8') from jobs
             where name = 'SendMail' and convert_from(payload, 'utf8') like $1
        """
        found = await conn.column(str, sql, f"%{page.id}%")
    mails = [msgspec.json.decode(each, type=SendMail) for each in found]
    assert {each.user_id for each in mails} == {ann.id, bob.id}
    assert {each.to for each in mails} == {f"{each.username}@example.com" for each in (ann, bob)}


async def test_a_page_goes_with_its_only_owner_and_stays_with_another(
    client, services, ann, bob, page
):
    shared = await make.page(services, ann)
    await make.role_in(services, shared, bob, ProfileRole.OWNER)
    edited = await make.page(services, bob)
    await make.role_in(services, edited, ann)
    await client.post("social/posts", headers=page.headers, json={"content": "Hello"})
    shown = await client.get("users/me/deletion/preview", headers=ann.headers)
    preview = shown.json()["data"]
    assert [each["id"] for each in preview["deleted"]] == [str(page.id)]
    assert [each["id"] for each in preview["kept"]] == [str(shared.id)]

    async with services.database.transaction() as tx:
        await privacy.erase(tx, PERSONAL_DATA, ann.id)

    assert not await is_shown(client, page)
    assert await is_shown(client, shared)
    assert await is_shown(client, edited)
    own = (await client.get("users/me/profiles", headers=bob.headers)).json()["data"]["profiles"]
    assert {each["id"] for each in own} == {str(each.id) for each in (bob, shared, edited)}


async def test_a_page_that_is_left_to_a_suspended_owner_is_hidden(client, services, ann, bob, page):
    await make.role_in(services, page, bob, ProfileRole.OWNER)
    await make.suspended(services, bob)
    async with services.database.transaction() as tx:
        await privacy.erase(tx, PERSONAL_DATA, ann.id)
    assert not await is_shown(client, page)
    async with services.database.read() as conn:
        sql = "select hidden_with_owners from users where id = $1"
        assert await conn.value(bool, sql, page.id) is True


async def test_an_owner_deletes_a_page_and_nobody_else_does(client, services, page, ann, bob):
    await make.role_in(services, page, bob, ProfileRole.MANAGER)
    path = f"profiles/{page.id}"
    for headers in (bob.headers, page.headers_of(bob)):
        refused = await client.delete(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    own = await client.delete(f"profiles/{ann.id}", headers=ann.headers)
    assert (own.status_code, own.json()["code"]) == (409, "personal_profile")
    assert (await client.delete(path, headers=page.headers)).status_code == 200
    assert (await client.get(path)).status_code == 404
    assert (await client.get("users/me/likes", headers=page.headers)).status_code == 403


async def test_an_export_has_the_roles_of_a_member(services, page, ann):
    async with services.database.read() as conn:
        mine = await PERSONAL_DATA["profiles"].export(conn, ann.id)
    assert [(each.id, each.role) for each in mine.profiles] == [
        (ann.id, "owner"),
        (page.id, "owner"),
    ]


async def test_who_handles_the_money_of_a_page_needs_a_second_factor_as_a_seller_does(
    services, page, bob
):
    settings = msgspec.structs.replace(services.settings, second_factors_for=[FactorGroup.SELLERS])
    is_required = find_policy(settings)
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            insert into payout_accounts (user_id, provider, account_ref) values ($1, 'stripe', $2)
        """
        await tx.run(sql, page.id, f"acct_{page.id.hex}")
        for role, wanted in ((ProfileRole.MANAGER, False), (ProfileRole.FINANCE, True)):
            await tx.run("delete from profile_members where user_id = $1", bob.id)
            sql = "insert into profile_members values ($1, $2, $3, false)"
            await tx.run(sql, page.id, bob.id, role)
            assert await is_required(tx, bob.id, Role.USER) is wanted
