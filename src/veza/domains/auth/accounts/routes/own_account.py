"""Your own account: shown and changed."""

import msgspec
from litestar import Router, get, post, put
from litestar.params import JSONBody

from veza.core.access import Access, Scope, is_enough
from veza.core.activities import Activity
from veza.core.profiles import Right
from veza.core.step_up import StepUp, StepUpNeeded
from veza.domains.auth.accounts import errors, logins
from veza.domains.auth.accounts.models import (
    AccountChange,
    CreatorTokens,
    OptOut,
    PasswordChange,
    UserAccount,
)
from veza.domains.auth.accounts.service import account_passwords, login_context, own_account
from veza.domains.auth.mail_domains.errors import MailDomainRefused
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.responses.envelope import Done, Envelope
from veza.http.security.gpc import opts_out_of_sale
from veza.http.services import service_of


@get("/users/me", access=Access.USER, right=Right.READ, scope=Scope.READ, enrols=True)
async def show_account(request: AnyRequest, conn: Conn) -> UserAccount:
    """Show your own account.

    A request with `Sec-GPC: 1` sees `do_not_sell` as true, whatever is stored.
    """
    return _shown(request, await own_account.get_account(conn, viewer_of(request).id))


@put(
    "/users/me",
    access=Access.USER,
    activity=Activity.EDIT,
    # An address that can't be verified must be replaced.
    publishes=False,
    scope=None,
    errors=[
        errors.UsernameTaken,
        errors.NameOfVerified,
        errors.EmailTaken,
        MailDomainRefused,
        errors.WrongPassword,
        errors.TooManyLogins,
        StepUpNeeded,
        TextRefused,
    ],
)
async def update_account(request: AnyRequest, data: JSONBody[AccountChange]) -> UserAccount:
    """Change your own username, address, biography, or what you want to hear.

    Another address needs a recent second factor of members who have one.
    """
    member, database = viewer_of(request), database_of(request)
    screening = service_of(request, TextFilters).screen(member, data, "username", "bio")
    account = await own_account.update_profile(
        database, service_of(request, login_context.LoginContext), member, data
    )
    if screening.is_flagged:
        async with database.transaction() as tx:
            await screening.report(tx, "user", member.id)
    return _shown(request, account)


@post(
    "/users/me/privacy/opt-out", status_code=200, access=Access.USER, scope=None, needs_space=False
)
async def opt_out(request: AnyRequest, tx: Tx, data: JSONBody[OptOut]) -> OptOut:
    """Set the Do Not Sell preference (CCPA)."""
    return await own_account.opt_out(tx, viewer_of(request), data)


@put(
    "/users/me/password",
    needs_space=False,
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.WrongPassword, errors.WeakPassword, errors.TooManyLogins],
)
async def change_password(request: AnyRequest, data: JSONBody[PasswordChange]) -> Envelope[Done]:
    """Change your password. All other sessions end."""
    device_token = await account_passwords.change_password(
        database_of(request),
        service_of(request, login_context.LoginContext),
        viewer_of(request),
        data,
    )
    return context_of(request).cookies.set_device_token(Done("Password changed"), device_token)


@post(
    "/users/me/creator",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.ApprovalNeeded],
)
async def become_creator(request: AnyRequest) -> Envelope[CreatorTokens]:
    """Become a creator, who may upload tracks and sell. Returns tokens with the new role.

    They replace the refresh token of the session.
    """
    answer = await logins.become_creator(
        database_of(request), service_of(request, login_context.LoginContext), viewer_of(request)
    )
    return context_of(request).cookies.set_tokens(answer)


def _shown(request: AnyRequest, account: UserAccount) -> UserAccount:
    """Return an account with what the request and the settings add."""
    return msgspec.structs.replace(
        account,
        do_not_sell=account.do_not_sell or opts_out_of_sale(request),
        may_invite=is_enough(account.role, Access.MODERATOR)
        or service_of(request, login_context.LoginContext).members_may_invite,
    )


router = Router(
    "/",
    route_handlers=[show_account, update_account, opt_out, change_password, become_creator],
    tags=["accounts"],
    opt={"right": None},
)
