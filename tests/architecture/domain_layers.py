"""A contract of import-linter: the layers inside of every domain, whose folders it finds."""

from typing import Any

from importlinter.contracts.layers import LayersContract

from tests.architecture.source import list_domains, module_of


class DomainLayersContract(LayersContract):
    """The contract `layers` with all domains as its containers."""

    type_name = "domain_layers"

    def __init__(
        self, name: str, session_options: dict[str, Any], contract_options: dict[str, Any]
    ) -> None:
        containers = [module_of(domain) for domain in list_domains()]
        super().__init__(name, session_options, {**contract_options, "containers": containers})
