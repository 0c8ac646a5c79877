"""The provisioning files say to Grafana what is meant, whatever stands in the spec."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml
from gaugewright.emit.grafana import emit
from gaugewright.model.model import Model
from hypothesis import given

from tests.emit import grafana_models as made

DATASOURCES = "grafana/provisioning/datasources/proxywhirl.yml"
DASHBOARDS = "grafana/provisioning/dashboards/proxywhirl.yml"


def expanded(value: str) -> str:
    """Grafana's reading of a provisioned value: `$$` is a dollar sign, any other `$` takes from outside."""
    parts = value.split("$$")
    assert not any("$" in part for part in parts), "something of the environment would be read"
    return "$".join(parts)


def files_of(model: Model) -> dict[str, Any]:
    return {path: yaml.safe_load(text) for path, text in emit(model).items() if path.endswith(".yml")}


@given(made.TITLES.filter(lambda text: text.isprintable() or "\n" in text).filter(lambda t: "\ud83d" not in t))
def test_an_address_reaches_grafana_as_it_was_written(url: str) -> None:
    (source,) = files_of(made.model(prometheus_url=url))[DATASOURCES]["datasources"]
    assert expanded(source["url"]) == url
    assert source["uid"] == "proxywhirl-db70d9053b21"


@given(made.TITLES.filter(lambda text: "\ud83d" not in text))
def test_a_spec_file_of_any_name_adds_nothing_to_the_provisioning(name: str) -> None:
    plain = made.model()
    assert files_of(replace(plain, spec_name=name)) == files_of(plain)


def test_the_data_sources_interval_is_the_scrape_interval() -> None:
    (source,) = files_of(made.model())[DATASOURCES]["datasources"]
    assert source["jsonData"] == {"httpMethod": "POST", "timeInterval": "15s"}
    assert (source["type"], source["access"], source["isDefault"]) == ("prometheus", "proxy", False)


def test_dashboards_cannot_be_changed_in_grafana_and_go_when_their_file_goes() -> None:
    (provider,) = files_of(made.model())[DASHBOARDS]["providers"]
    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, False)
    assert provider["options"] == {"path": "/var/lib/grafana/dashboards/proxywhirl"}


def test_a_service_without_dashboards_still_has_its_data_source() -> None:
    assert sorted(emit(made.model())) == [DASHBOARDS, DATASOURCES]
