"""Routes with the same effect need the same proof of identity, and none of money takes a key."""

import pytest
from msgspec import Struct

from tests.architecture.reach import Named, list_reached, name_of
from tests.architecture.source import ensure_none
from tests.calls import Call, list_calls
from veza.core.access import Access
from veza.core.step_up import StepUp
from veza.domains.auth.accounts import queries as accounts
from veza.domains.auth.api_keys import queries as api_keys
from veza.domains.auth.app_passwords import queries as app_passwords
from veza.domains.auth.factors import queries as factors
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.service.step_ups import ensure_stepped_up
from veza.domains.auth.identities import queries as identities
from veza.domains.auth.identities import service as identity_service
from veza.domains.auth.mail_domains import queries as mail_domains
from veza.domains.auth.passkeys import queries as passkeys
from veza.domains.auth.passkeys import service as passkey_service
from veza.domains.auth.sign_up import queries as sign_up
from veza.domains.marketplace.bundles import queries as bundles
from veza.domains.marketplace.commissions.service import steps as commissions
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.products.queries import records as products
from veza.domains.marketplace.refunds import queries as refunds
from veza.domains.marketplace.sellers import queries as sellers
from veza.domains.marketplace.tax_reports import queries as tax_reports
from veza.domains.platform.backups import queries as backups
from veza.domains.platform.site_controls import queries as site_controls
from veza.domains.privacy import service as privacy
from veza.domains.profiles.service import invitations as profile_invitations
from veza.http.security.authorization import access_of, scope_of, step_up_of

_STAFF = {Access.MODERATOR, Access.ADMIN}
# From the weakest.
_LEVELS = [None, StepUp.WITH_FACTORS, StepUp.EVERYBODY]


class _Effect(Struct, frozen=True):
    """What causes an effect, and the least proof of members who cause it to themselves.

    Staff, who cause it to others, always prove by `EVERYBODY`.
    """

    causes: tuple[Named, ...]
    proof: StepUp = StepUp.EVERYBODY


# What a stolen session must not do. A route has an effect if its handler reaches one of the causes.
_EFFECTS = {
    "suspends or lets back": _Effect(
        (accounts.update_suspended, accounts.update_suspension_lifted)
    ),
    "changes a role": _Effect((accounts.update_role,)),
    "erases": _Effect((privacy.erase, privacy.erase_page), StepUp.WITH_FACTORS),
    "hands a profile over": _Effect((profile_invitations.transfer,)),
    "merges profiles": _Effect((privacy.merge_page,)),
    "changes the password": _Effect((accounts.update_password,), StepUp.WITH_FACTORS),
    "changes the address": _Effect((accounts.update_profile,), StepUp.WITH_FACTORS),
    "makes or revokes a key": _Effect(
        (
            *(api_keys.insert_key, api_keys.revoke_key),
            *(app_passwords.insert_password, app_passwords.delete_password),
        ),
        StepUp.WITH_FACTORS,
    ),
    "adds or removes a factor": _Effect(
        (
            *(factors.upsert_totp, factors.update_totp_confirmed, factors.delete_totp),
            *(factors.insert_recovery_codes, factor_queries.insert_recovery),
            *(passkey_service.begin_registration, passkeys.insert_passkey, passkeys.delete_passkey),
        )
    ),
    "links or unlinks an identity": _Effect(
        (identity_service.begin, identities.insert_identity, identities.delete_identity)
    ),
    "names who is paid": _Effect((sellers.insert_account,), StepUp.WITH_FACTORS),
    "records what became of money": _Effect((refunds.update_resolved,)),
    "refunds all buyers": _Effect((refunds.find_revoked,)),
    "decides who gets the money for a service": _Effect((commissions.decide,)),
    "copies all data": _Effect((backups.insert_request,)),
    "copies what sellers told the tax office": _Effect((tax_reports.list_dac7,)),
    "closes the site": _Effect((site_controls.update_maintenance,)),
    "says who may sign up": _Effect(
        (sign_up.upsert_policy, mail_domains.upsert_domains, mail_domains.delete_domain)
    ),
}

# Routes that have an effect and need no proof, and why. An entry needs a review.
_UNPROVED = {
    ("POST /api/v1/users/me/creator", "changes a role"): "It is the same for everybody who asks.",
}

# The SQL of these is about money, what is bought with it, and who is paid.
_OF_MONEY = tuple(
    f"domains.marketplace.{domain}.{module}"
    for module in ("queries", "shared_queries")
    for domain in (
        *(
            "archives",
            "codes",
            "commissions",
            "disputes",
            "invoices",
            "ledger",
            "orders",
            "payouts",
            "refunds",
        ),
        *("sandbox", "sellers", "tax_reports"),
    )
)
# These set what is sold and its price.
_PRICES = {
    *(products.insert_product, products.update_product),
    *(bundles.insert_bundle, bundles.update_bundle),
}
# It is only asked whether a member bought something, of which the answer says nothing more.
_ASKED = {order_queries.find_purchase}


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return [call for call in list_calls() if call.looks_at_credentials]


def test_routes_with_the_same_effect_need_the_same_proof(calls: list[Call]):
    routes = dict.fromkeys(_EFFECTS, 0)
    unproved: list[str] = []
    for call in calls:
        whole = list_reached(call.handler.fn)
        # What a function changes after it asked for a proof itself is proved.
        rest = list_reached(call.handler.fn, not_through=ensure_stepped_up)
        for name, effect in _EFFECTS.items():
            routes[name] += not whole.isdisjoint(effect.causes)
            is_allowed = (str(call), name) in _UNPROVED
            if rest.isdisjoint(effect.causes) or is_allowed:
                continue
            needed = StepUp.EVERYBODY if access_of(call.handler) in _STAFF else effect.proof
            if _LEVELS.index(step_up_of(call.handler)) < _LEVELS.index(needed):
                unproved.append(f"{call} {name}, and needs step_up={needed}")
    ensure_none(unproved)
    assert all(routes.values()), routes
    # One member by two routes, many of them, by reports, and by appeals.
    assert routes["suspends or lets back"] >= 6


def test_what_needs_a_proof_has_an_effect_by_which_others_are_compared(calls: list[Call]):
    causes = {cause for effect in _EFFECTS.values() for cause in effect.causes}
    ensure_none(
        f"{call} needs a proof: for which effect?"
        for call in calls
        if step_up_of(call.handler) is not None
        if list_reached(call.handler.fn).isdisjoint(causes)
    )


def test_no_key_moves_money_sets_a_price_or_gives_away_what_is_sold(calls: list[Call]):
    found = {str(call): sorted(map(name_of, _of_money(call))) for call in calls}
    assert len([each for each in found.values() if each]) > 30
    ensure_none(
        f"{call} wants {scope_of(call.handler)}, and reaches {found[str(call)][0]}"
        for call in calls
        if found[str(call)] and scope_of(call.handler) is not None
    )


def _of_money(call: Call) -> set[Named]:
    return {
        each
        for each in list_reached(call.handler.fn) - _ASKED
        if each in _PRICES or name_of(each).startswith(_OF_MONEY)
    }
