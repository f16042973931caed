"""Dashboards and alert rules ask for metrics and labels that exist."""

import json

import pytest
import yaml
from prometheus_client import REGISTRY

# These declare the metrics of jobs, and of calls to providers.
import veza.cli.worker
import veza.infra.payments.hyperswitch
from tests.promql import (
    DASHBOARDS,
    DEPLOY,
    RULES,
    labels_of,
    list_expressions,
    list_variables,
    selectors_of,
)
from veza.app.services import Services
from veza.domains.platform.monitoring.shared_metrics import SharedMetrics

assert veza.cli.worker
assert veza.infra.payments.hyperswitch

# Written by Prometheus itself.
_OF_PROMETHEUS = {"up": set[str]()}


@pytest.fixture
async def labels_by_metric(services: Services) -> dict[str, set[str]]:
    shared = await SharedMetrics(services.database, services.disk).get()
    found = {family.name: set(family._labelnames) for family in shared}
    for name, collector in REGISTRY._names_to_collectors.items():
        found[name] = set(getattr(collector, "_labelnames", ()))
    return found | _OF_PROMETHEUS


@pytest.mark.parametrize("text", sorted(set(list_expressions())))
async def test_expressions_read_series_and_labels_that_exist(
    labels_by_metric: dict[str, set[str]], text: str
) -> None:
    names = {selector.name for selector in selectors_of(text)}

    assert names
    assert names <= labels_by_metric.keys()
    for selector in selectors_of(text):
        compared = {matcher.name for matcher in selector.matchers.matchers}
        assert compared - {"instance", "job"} <= labels_by_metric[selector.name]
    assert labels_of(text) <= set.union(*(labels_by_metric[name] for name in names))


async def test_variables_of_dashboards_exist(labels_by_metric: dict[str, set[str]]) -> None:
    assert {name for name, _ in list_variables()} <= labels_by_metric.keys()


def test_dashboards_have_ids_of_their_own() -> None:
    boards = [json.loads(path.read_text()) for path in DASHBOARDS]

    assert len({board["uid"] for board in boards}) == len(boards) >= 3
    for board in boards:
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)


def test_rules_say_what_is_wrong_and_what_to_do() -> None:
    [group] = yaml.safe_load(RULES.read_text())["groups"]

    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"])
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("**/*.y*ml")), ids=lambda path: path.name)
def test_files_of_yaml_can_be_read(path) -> None:
    assert list(yaml.safe_load_all(path.read_text()))
