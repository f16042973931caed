"""Which role suffices for what, and which change of role takes something away."""

import pytest

from veza.core.access import Access, Role, is_enough, is_lower

EVERYBODY = {Access.NONE, Access.OPTIONAL, Access.USER}
MAY = {
    Role.USER: EVERYBODY,
    Role.CREATOR: EVERYBODY | {Access.CREATOR},
    Role.MODERATOR: EVERYBODY | {Access.MODERATOR},
    Role.ADMIN: EVERYBODY | {Access.CREATOR, Access.MODERATOR, Access.ADMIN},
}
# From the role in front, to each of these, something is lost.
LOWER = {
    Role.USER: set(),
    Role.CREATOR: {Role.USER, Role.MODERATOR},
    Role.MODERATOR: {Role.USER, Role.CREATOR},
    Role.ADMIN: {Role.USER, Role.CREATOR, Role.MODERATOR},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("access", list(Access))
def test_a_role_suffices_for_its_own_sphere_and_an_admins_for_all(
    role: Role, access: Access
) -> None:
    assert is_enough(role, access) is (access in MAY[role])


@pytest.mark.parametrize("old", list(Role))
@pytest.mark.parametrize("new", list(Role))
def test_a_role_is_lower_where_it_takes_something_away(new: Role, old: Role) -> None:
    assert is_lower(new, old) is (new in LOWER[old])
