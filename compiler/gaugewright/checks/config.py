"""The configuration: ports, authentication, buckets, cardinality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gaugewright.diagnostics import Diagnostic, Edit, Mend, Related
from gaugewright.diagnostics.catalogue import finding
from gaugewright.model.model import Model
from gaugewright.spec.source import Source


def port_conflict(model: Model) -> Iterator[Diagnostic]:
    """Data model: the exposition port must not be the service's own."""
    if model.config.exposition_port != model.service.main_port:
        return
    own = model.service.source.at("main_port")
    source = model.config.source.at("exposition_port")
    if not source.exists():
        source = own
    message = f"the metrics endpoint and the service would both listen on port {model.service.main_port}"
    related = (Related("the service's port", own.place()),) if own.exists() and source is not own else ()
    yield finding("port-conflict", message, source.place(), "Give one of them another port.", related)


def incomplete_auth(model: Model) -> Iterator[Diagnostic]:
    """Data model: a user name needs a password, and the reverse."""
    user = model.config.source.at("basic_auth_username")
    password = model.config.source.at("basic_auth_password")
    has_user = user.exists() and user.value() is not None
    has_password = password.exists() and password.value() is not None
    if has_user and not has_password:
        message = "`basic_auth_username` is set without a password"
        yield finding("incomplete-auth", message, user.key_place(), "Add `basic_auth_password: {env: NAME}`.")
    if has_password and not has_user:
        message = "`basic_auth_password` is set without a user name"
        yield finding("incomplete-auth", message, password.key_place(), "Add `basic_auth_username`.")


def bucket_order(model: Model) -> Iterator[Diagnostic]:
    """Data model: bucket boundaries are strictly ascending."""
    yield from _ascending(model.config.histogram_buckets, model.config.source.at("histogram_buckets"), ())
    for metric in model.metrics:
        own = metric.source.at("buckets")
        if not own.exists():
            continue
        if metric.metric_type == "histogram":
            yield from _ascending(metric.buckets, own, (metric.name,))
        else:
            message = f"a {metric.metric_type} has no buckets"
            help = "Remove `buckets`, or make it a histogram."
            yield finding("invalid-value", message, own.key_place(), help, entities=(metric.name,))


def _ascending(buckets: Sequence[float], source: Source, entities: tuple[str, ...]) -> Iterator[Diagnostic]:
    for index in range(1, len(buckets)):
        if buckets[index] <= buckets[index - 1]:
            message = f"the bucket {buckets[index]:g} is not above {buckets[index - 1]:g} before it"
            help = "Order the boundaries from the smallest to the largest, each once."
            mend = _in_order(buckets, source)
            yield finding("bucket-order", message, source.at(index).place(), help, entities=entities, mend=mend)
            return


def _in_order(buckets: Sequence[float], source: Source) -> Mend | None:
    """The boundaries as written, each in its place; None where one stands twice."""
    ordered = sorted(buckets)
    if any(one == other for one, other in pairwise(ordered)):
        return None
    moved = [(index, value) for index, value in enumerate(ordered) if value != buckets[index]]
    return Mend(tuple(Edit(0, None, f"{value:g}", (*source.path, index)) for index, value in moved))


def cardinality_exceeded(model: Model) -> Iterator[Diagnostic]:
    """Data model: all label combinations together stay within `label_cardinality_limit`."""
    limit = model.config.label_cardinality_limit
    total = model.combinations
    if total <= limit:
        return
    largest = sorted(model.metrics, key=lambda metric: -metric.combinations)[:3]
    shares = ", ".join(f"`{metric.name}` {metric.combinations:,}" for metric in largest)
    source = model.config.source.at("label_cardinality_limit")
    place = source.place() if source.exists() else model.source.at("metrics").key_place()
    message = f"the metrics have up to {total:,} label combinations, and the limit is {limit:,}; most: {shares}"
    related = tuple(
        Related(f"`{metric.name}` is declared here", metric.source.at("name").place()) for metric in largest
    )
    help = "Drop a label, narrow its values for that metric, or raise `label_cardinality_limit`."
    entities = ("metrics_config", *(metric.name for metric in largest))
    yield finding("cardinality-exceeded", message, place, help, related, entities)


def secret_in_spec(model: Model) -> Iterator[Diagnostic]:
    """A password that everybody who reads the repository knows."""
    source = model.config.source.at("basic_auth_password")
    if source.exists() and isinstance(source.value(), (str, int, float)) and len(str(source.value())) >= 8:
        message = "the password stands in the spec, where everybody who reads the repository sees it"
        help = "Write `{env: NAME}` or `{file: PATH}`; the outputs do not hold it either way."
        yield finding("secret-in-spec", message, source.place(), help, entities=("metrics_config",))
