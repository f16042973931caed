"""Where links in mails lead, on a server whose address no setting says."""

import re
from pathlib import Path

import httpx

from tests.journeys.served import Server, until
from tests.make import PASSWORD


def test_without_a_public_address_mails_link_to_the_port_that_is_served(server: Server):
    name = "linked"
    wish = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    answer = httpx.post(f"{server.url}/api/v1/auth/register", json=wish, verify=False)
    assert answer.status_code == 201

    def find() -> str:
        mails = [path.read_text() for path in Path(server.data_dir, "mail").glob("*.eml")]
        return next((mail for mail in mails if wish["email"] in mail), "")

    until(lambda: bool(find()), 60, lambda: server.log[-2000:])
    ports = re.findall(r"http://(?:localhost|127\.0\.0\.1):(\d+)/", find())
    assert ports
    assert set(ports) == {str(server.port)}
