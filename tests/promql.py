"""The metrics that dashboards and alert rules ask for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus/veza.rules.yml"

_LABEL_VALUES = re.compile(r"label_values\((\w+), (\w+)\)")


def list_expressions() -> list[str]:
    """The PromQL of all panels and rules, with Grafana's variables filled in."""
    found: list[str] = []
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            found += [target["expr"] for target in panel.get("targets", ())]
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        found += [rule["expr"] for rule in group["rules"]]
    return [text.replace("$__rate_interval", "1m").replace("$instance", ".*") for text in found]


def list_variables() -> list[tuple[str, str]]:
    """The metric and the label of each variable that a dashboard offers."""
    texts = [path.read_text() for path in DASHBOARDS]
    return [(name, label) for text in texts for name, label in _LABEL_VALUES.findall(text)]


def list_metrics() -> set[str]:
    """Names of the metrics that are asked for, without `_bucket`, `_sum`, `_count`."""
    names = {selector.name for text in list_expressions() for selector in selectors_of(text)}
    return {base_of(name) for name in names} - {"up"} | {name for name, _ in list_variables()}


def base_of(name: str) -> str:
    """The name of the histogram that a series belongs to."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def selectors_of(text: str) -> list[promql_parser.VectorSelector]:
    """The series that an expression reads. Raises ValueError for one that is not PromQL."""
    found = _walk(promql_parser.parse(text))
    return [node for node in found if isinstance(node, promql_parser.VectorSelector)]


def labels_of(text: str) -> set[str]:
    """The labels that an expression compares or groups by, except those that Prometheus adds."""
    found: set[str] = set()
    for node in _walk(promql_parser.parse(text)):
        if isinstance(node, promql_parser.VectorSelector):
            found |= {matcher.name for matcher in node.matchers.matchers}
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found |= set(node.modifier.labels)
    return found - {"le", "instance", "job"}


def _walk(node: object) -> Iterator[object]:
    yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector", "vs", "args"):
        part = getattr(node, name, None)
        for each in part if isinstance(part, list) else [part]:
            if each is not None:
                yield from _walk(each)
