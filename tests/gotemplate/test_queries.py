"""The PromQL that a text asks: which part of it is known, and where each character of it stands."""

import pytest
from gaugewright.gotemplate.analysis import analyse
from gaugewright.gotemplate.literals import unquoted, value_places
from hypothesis import given
from hypothesis import strategies as st

ASKED = [
    ('{{ query "up == 0" | first | value }}', "up == 0"),
    ("{{ query `up{job='a'}` | first | value }}", "up{job='a'}"),
    ('{{ "up" | query | first | value }}', "up"),
    ('{{ range query "up" }}{{ .Value }}{{ end }}', "up"),
    ('{{ with query "up" }}{{ . | first | value }}{{ end }}', "up"),
    ('{{ if query "up" }}x{{ end }}', "up"),
    ('{{ $q := "up" }}{{ range query $q }}{{ .Value }}{{ end }}', "up"),
    ('{{ define "a" }}{{ query "up" | first | value }}{{ end }}', "up"),
    ('{{ (query "up" | first).Labels.job }}', "up"),
    ('{{ query "up{job=\\"a\\"}" | first | value }}', 'up{job="a"}'),
    ("{{ printf \"up{job='%s'}\" $labels.job | query | first | value }}", "up{job='${printf}'}"),
    ('{{ query (printf "up{job=%q} > %.2f" $labels.job 0.5) | first | value }}', 'up{job="${printf}"} > ${printf}'),
    ('{{ query (printf "up %% 2") | first | value }}', "up % 2"),
]


@pytest.mark.parametrize(("text", "query"), ASKED)
def test_a_query_that_is_known_is_seen(text: str, query: str) -> None:
    (asked,) = analyse(text).queries
    assert asked.text == query
    assert len(asked.places) == len(query) + 1
    assert text[asked.start] == query[0]


@pytest.mark.parametrize(
    "text",
    [
        "{{ query $labels.query | first | value }}",
        '{{ $q := "up" }}{{ if $value }}{{ $q = "down" }}{{ end }}{{ query $q | first | value }}',
        '{{ query (print "up" $labels.job) | first | value }}',
        '{{ query (printf "up{a=%[1]q,b=%[1]q}" $labels.job) | first | value }}',
        '{{/* query "up" */}}',
        'query "up"',
    ],
)
def test_what_is_not_known_is_left_alone(text: str) -> None:
    assert analyse(text).queries == ()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('{{ range query "up" }}{{ .Labels.job }}{{ end }}', "up"),
        ('{{ range $i, $s := query "up" }}{{ $s.Labels.job }}{{ end }}', "up"),
        ('{{ range query "up" | sortByLabel "job" }}{{ .Labels.job }}{{ end }}', "up"),
        ('{{ (index (query "up") 0).Labels.job }}', "up"),
        ('{{ query "up" | first | label "job" }}', "up"),
        ('{{ with query "up" | first }}{{ index .Labels "job" }}{{ end }}', "up"),
        ('{{ range query "up" }}{{ range query "down" }}{{ .Labels.job }}{{ end }}{{ end }}', "down"),
        ('{{ $s := query "up" | first }}{{ with $s.Labels }}{{ .job }}{{ end }}', "up"),
        ('{{ range query "up" }}{{ $labels.job }}{{ end }}', None),
        ('{{ range query $labels.x }}{{ .Labels.job }}{{ end }}', None),
        ('{{ define "a" }}{{ .Labels.job }}{{ end }}{{ range query "up" }}{{ template "a" . }}{{ end }}', None),
    ],
)  # fmt: skip
def test_a_label_is_of_the_query_that_gave_its_sample(text: str, query: str | None) -> None:
    use = next(use for use in analyse(text).label_uses if use.name == "job")
    assert (use.query and use.query.text) == query


written = st.lists(
    st.sampled_from(['\\"', "\\\\", "\\n", "\\t", "\\x41", "\\u00e9", "\\U0001F600", "\\101", "a", "{", "é", "'"])
)


@given(written)
def test_every_character_of_a_string_has_its_place(parts: list[str]) -> None:
    text = '"' + "".join(parts) + '"'
    value = unquoted(text)
    assert value is not None
    places = value_places(text)
    assert len(places) == len(value) + 1
    starts = [1]
    for part in parts:
        starts.append(starts[-1] + len(part))
    assert places == tuple(starts)
