"""The parts of `auth/accounts` that the program is assembled from."""

from veza.domains.auth.accounts import admin_routes, queries
from veza.domains.auth.accounts.routes import login_routes, own_account
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[login_routes.router, own_account.router, admin_routes.router],
    personal_data=PersonalData(("users",), queries.find_account, queries.delete_user),
    evidence={"user": member_accounts.find_evidence},
    statistics={"users": queries.count_users},
)
