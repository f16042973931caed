"""The API page and its document, the metrics, and the addresses of old."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from tests.http.apps import assemble, calling
from tests.support.references import spelled_out
from veza.app.services import Services

ROOT = "http://veza.test"


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """An application of its own, which has collected no metrics yet."""
    async with calling(assemble(services)[1]) as made:
        yield made


async def test_the_page_brings_its_own_files_and_a_policy_that_allows_no_others(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get(f"{ROOT}/swagger")

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "//" not in policy
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) >= 3
    for name in named:
        assert not name.startswith(("http:", "https:", "//")), name
        file = await client.get(httpx.URL(f"{ROOT}/swagger").join(name))
        assert file.status_code == 200, name
        assert file.content
    assert "<script>" not in page.text, "The policy forbids what stands in the page itself."


async def test_the_files_of_the_page_have_their_types(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"{ROOT}/swagger")).text
    kinds = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    for name, ending in re.findall(r'"(\S+\.(js|css|png))"', page):
        answer = await client.get(httpx.URL(f"{ROOT}/swagger").join(name))
        assert answer.headers["content-type"].startswith(kinds[ending])
        assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapi.py", "%2e%2e", "index.html%00.js"])
async def test_no_other_file_is_given(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"{ROOT}/swagger/{name}")).status_code == 404


async def test_the_document_is_openapi_with_words_and_errors_for_each_operation(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(f"{ROOT}/swagger/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    document = spelled_out(answer.json())
    assert document["openapi"].startswith("3.")
    assert len(document["paths"]) > 25
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            names.append(operation["operationId"])
            assert len(operation["summary"]) > 5, where
            assert any(status.startswith(("2", "3")) for status in operation["responses"]), where
            assert any(status.startswith(("4", "d")) for status in operation["responses"]), where
            if not path.startswith("/api/v1"):
                assert operation["deprecated"] is True, where
    assert len(names) == len(set(names))
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie", "api_key"}


async def test_each_operation_is_in_one_area_and_each_area_has_some(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get(f"{ROOT}/swagger/openapi.json")).json()
    areas = [area["name"] for area in document["tags"]]

    used = [
        operation["tags"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    assert all(len(tags) == 1 for tags in used)
    assert {tags[0] for tags in used} == set(areas)
    assert len(set(areas)) == len(areas)


async def test_every_reference_of_the_document_leads_somewhere(client: httpx.AsyncClient) -> None:
    components = (document := (await client.get(f"{ROOT}/openapi.json")).json())["components"]

    references = set(re.findall(r"'#/components/(\w+/[^']+)'", repr(document)))
    made = {
        f"{kind}/{name}"
        for kind in ("schemas", "responses", "parameters")
        for name in components[kind]
    }
    assert {kind.partition("/")[0] for kind in references} == set(components) - {"securitySchemes"}
    assert references <= made
    assert {name for name in made if not name.startswith("schemas/")} <= references


async def test_the_document_is_valid_and_the_same_at_both_addresses(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(f"{ROOT}/openapi.json")

    assert answer.content == (await client.get(f"{ROOT}/swagger/openapi.json")).content
    # It grows with the API: what each operation adds stays small, because parts are shared.
    assert len(answer.content) < 1_000_000
    found = [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(answer.json())]
    assert not found


async def test_a_success_and_a_failure_are_told_apart_by_a_constant(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get(f"{ROOT}/openapi.json")).json()

    failure = document["components"]["schemas"]["Failure"]["properties"]
    assert failure["success"] == {"const": False}
    success = spelled_out(document)["paths"]["/api/v1/tracks"]["get"]["responses"]["200"]["content"]
    assert success["application/json"]["schema"]["properties"]["success"] == {"const": True}


async def test_no_secret_of_an_account_is_in_the_document(client: httpx.AsyncClient) -> None:
    text = (await client.get(f"{ROOT}/swagger/openapi.json")).text

    assert "password_hash" not in text
    assert "Stored" not in text


@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz", "/health/deep", "/metrics"])
async def test_the_addresses_at_the_root_still_answer_and_name_their_successors(
    client: httpx.AsyncClient, path: str
) -> None:
    old = await client.get(f"{ROOT}{path}")
    new = await client.get(f"{ROOT}/api/v1{path}")

    assert old.status_code == new.status_code == 200
    assert old.headers["link"] == f'</api/v1{path}>; rel="successor-version"'
    assert re.fullmatch(r"@\d+", old.headers["deprecation"])
    assert "deprecation" not in new.headers
    assert "link" not in new.headers
    assert old.headers["content-type"] == new.headers["content-type"]


async def test_metrics_are_text_for_prometheus(client: httpx.AsyncClient) -> None:
    await client.get("tracks?limit=1")
    await client.get("nowhere/secret-in-the-path")
    answer = await client.get("metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(
        r'^veza_http_requests_total\{method="GET",route="/api/v1/tracks",status="2xx"\} \d',
        answer.text,
        re.MULTILINE,
    )
    assert 'route="unknown",status="4xx"' in answer.text
    assert "secret-in-the-path" not in answer.text
    assert "veza_http_request_seconds_bucket" in answer.text


async def test_head_is_counted_under_its_route(client: httpx.AsyncClient) -> None:
    await client.head("healthz")
    text = (await client.get("metrics")).text

    assert 'veza_http_requests_total{method="HEAD",route="/api/v1/healthz",status="2xx"}' in text
