"""Calls ten operations by the client that openapi-python-client generates, as `veza_client`."""

import sys

from veza_client import AuthenticatedClient, Client
from veza_client.api.accounts import login, register, show_account, update_account
from veza_client.api.gear import add_gear, delete_gear, list_gear, show_gear
from veza_client.api.keys import create_key
from veza_client.api.tracks import list_tracks
from veza_client.models import (
    AccountChange,
    ApiKeyForm,
    Failure,
    GearForm,
    LoginForm,
    Scope,
    SignUpForm,
)


def main(url: str, name: str, password: str) -> None:
    nobody = Client(url, raise_on_unexpected_status=True)
    email = f"{name}@example.com"
    joined = register.sync(client=nobody, body=SignUpForm(name, email, password))
    assert joined.success is True
    wrong = login.sync(client=nobody, body=LoginForm(email, "not this one"))
    assert isinstance(wrong, Failure), wrong
    assert (wrong.success, wrong.code) == (False, "invalid_credentials")

    given = login.sync(client=nobody, body=LoginForm(email, password))
    token = given.data.access_token
    member = AuthenticatedClient(url, token=token, raise_on_unexpected_status=True)
    assert show_account.sync(client=member).data.username == name
    changed = update_account.sync(client=member, body=AccountChange(bio="Generated."))
    assert changed.data.bio == "Generated."
    form = ApiKeyForm("A program", [Scope.READ, Scope.WRITE])
    key = create_key.sync(client=member, body=form).data.key

    # The token and the key of the same member.
    for one in (member, member.with_headers({"X-API-Key": key})):
        refused = add_gear.sync(client=one, body=GearForm(""))
        assert isinstance(refused, Failure), refused
        assert refused.details[0].field == "name"
        gear = add_gear.sync(client=one, body=GearForm("Juno-106")).data
        assert show_gear.sync(gear.id, client=one).data == gear
        assert [each.id for each in list_gear.sync(client=one).data.gear] == [gear.id]
        assert delete_gear.sync(gear.id, client=one).success is True
        assert show_gear.sync(gear.id, client=one).code == "gear_not_found"
    assert isinstance(list_tracks.sync(client=nobody, limit=1).data.tracks, list)


if __name__ == "__main__":
    main(*sys.argv[1:])
