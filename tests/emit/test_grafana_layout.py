"""Panels stand on Grafana's grid without holes that Grafana would close, and in their order."""

from __future__ import annotations

from itertools import pairwise

from gaugewright.emit.grafana.layout import COLUMNS, Place, places
from gaugewright.model.dashboards import Panel
from hypothesis import given
from hypothesis import strategies as st

from tests.emit import grafana_models as made

SIZES = st.tuples(st.none() | st.integers(1, 24), st.none() | st.integers(1, 30))
ANY_PANEL = st.builds(
    lambda panel_type, size: made.panel(panel_type, width=size[0], height=size[1]),
    st.sampled_from(made.PANEL_TYPES),
    SIZES,
)
USUAL_PANEL = st.sampled_from(made.PANEL_TYPES).map(made.panel)


def cells(place: Place) -> set[tuple[int, int]]:
    return {(x, y) for x in range(place.x, place.x + place.w) for y in range(place.y, place.bottom)}


@given(st.lists(ANY_PANEL, max_size=12), st.integers(0, 40))
def test_panels_never_overlap_nor_leave_the_grid(panels: list[Panel], top: int) -> None:
    placed = places(panels, top)
    covered = [cell for place in placed for cell in cells(place)]
    assert len(covered) == len(set(covered))
    assert all(0 <= x < COLUMNS and y >= top for x, y in covered)


@given(st.lists(ANY_PANEL, max_size=12))
def test_a_size_that_was_chosen_is_kept(panels: list[Panel]) -> None:
    for panel, place in zip(panels, places(panels, 0), strict=True):
        assert panel.width in (None, place.w)
        assert panel.height in (None, place.h)


@given(st.lists(USUAL_PANEL, min_size=1, max_size=12))
def test_panels_of_usual_sizes_fill_the_page_without_a_hole(panels: list[Panel]) -> None:
    placed = places(panels, 0)
    covered = {cell for place in placed for cell in cells(place)}
    bottom = max(place.bottom for place in placed)
    assert covered == {(x, y) for x in range(COLUMNS) for y in range(bottom)}


@given(st.lists(ANY_PANEL, min_size=2, max_size=12))
def test_panels_are_read_in_their_order(panels: list[Panel]) -> None:
    assert all((a.y, a.x) < (b.y, b.x) for a, b in pairwise(places(panels, 0)))


def test_three_stats_share_the_page_evenly() -> None:
    assert [place.w for place in places([made.panel("stat")] * 3, 0)] == [8, 8, 8]


def test_only_the_last_kind_of_panel_is_stretched() -> None:
    placed = places([made.panel("graph"), made.panel("stat")], 0)
    assert [(place.w, place.h) for place in placed] == [(12, 8), (12, 8)]
