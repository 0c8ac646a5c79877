"""Which labels a text shows, by whatever way of writing it."""

import pytest
from gaugewright.gotemplate.analysis import analyse, label_uses


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ $labels.pool }}", "$labels.pool"),
        ("{{ .Labels.pool }}", ".Labels.pool"),
        ("{{ $.Labels.pool }}", "$.Labels.pool"),
        ('{{ index $labels "pool" }}', '"pool"'),
        ('{{ index .Labels "pool" | toUpper }}', '"pool"'),
        ("{{ $l := $labels }}{{ $l.pool }}", "$l.pool"),
        ("{{ with .Labels }}{{ .pool }}{{ end }}", ".pool"),
        ("{{ if $labels.pool }}x{{ end }}", "$labels.pool"),
        ('{{ range query "up" }}{{ $labels.pool }}{{ end }}', "$labels.pool"),
        ('{{ ($labels).pool | printf "%s" }}', "($labels).pool"),
        ('{{ query (printf "up{pool=%q}" $labels.pool) | first | value }}', "$labels.pool"),
    ],
)
def test_a_label_of_the_alert_is_seen(text: str, shown: str) -> None:
    (use,) = label_uses(text)
    assert (use.name, text[use.start : use.end], use.of_alert) == ("pool", shown, True)


@pytest.mark.parametrize(
    "text",
    [
        '{{ range query "up" }}{{ .Labels.pool }}{{ end }}',
        '{{ range $i, $s := query "up" }}{{ $s.Labels.pool }}{{ end }}',
        '{{ with query "up" | first }}{{ .Labels.pool }}{{ end }}',
        '{{ (query "up" | first).Labels.pool }}',
        '{{ query "up" | first | label "pool" }}',
        '{{ define "a" }}{{ .Labels.pool }}{{ end }}',
        '{{ index (query "up" | first).Labels "pool" }}',
    ],
)
def test_a_label_of_another_sample_is_told_apart(text: str) -> None:
    (use,) = label_uses(text)
    assert (use.name, use.of_alert) == ("pool", False)


@pytest.mark.parametrize(
    "text",
    [
        "$labels.pool",
        '{{ "$labels.pool" }}',
        "{{/* $labels.pool */}}",
        "{{ $externalLabels.pool }}",
        "{{ query `x{pool='a'}` }}",
    ],
)
def test_what_only_looks_like_a_label_is_none(text: str) -> None:
    assert label_uses(text) == ()


def test_a_label_in_a_text_with_mistakes_elsewhere_is_still_seen() -> None:
    assert [use.name for use in label_uses("{{ foo }} {{ $value > 1 }} {{ $labels.pool }}")] == ["pool"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{{ $value }} {{ .Value | humanize }}", 2),
        ("{{ if gt $value 0.9 }}high{{ else }}low{{ end }}", 0),
        ("{{ $x := $value }}{{ $x }}", 1),
        ('{{ range query "up" }}{{ .Value }}{{ end }}', 0),
        ('{{ $value := "text" }}{{ $value }}', 0),
    ],
)
def test_the_value_is_seen_where_it_is_shown(text: str, count: int) -> None:
    assert len(analyse(text).value_uses) == count
