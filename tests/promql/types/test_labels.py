"""Labels hold what series can have; "" stands for a missing label, as in Prometheus."""

from gaugewright.promql.types.labels import NOTHING, Label, MaybeLabel, combinations, meet, union
from hypothesis import given
from hypothesis import strategies as st

VALUES = ("a", "b", "c")
labels = st.one_of(
    st.none(),
    st.builds(Label, st.booleans(), st.just(None)),
    st.builds(Label, st.booleans(), st.lists(st.sampled_from(VALUES), min_size=1, unique=True).map(tuple)),
)


def _can_be(label: MaybeLabel, value: str) -> bool:
    if label is None or not value:
        return not value and (label is None or not label.must)
    return label.values is None or value in label.values


@given(labels, labels, st.sampled_from(("", *VALUES)))
def test_what_both_can_be_is_in_the_meeting_and_nothing_else(left: MaybeLabel, right: MaybeLabel, value: str) -> None:
    found = meet(left, right)
    both = _can_be(left, value) and _can_be(right, value)
    assert (found is not NOTHING and _can_be(found, value)) == both


@given(labels, labels, st.sampled_from(("", *VALUES)))
def test_what_either_can_be_is_in_the_union(left: MaybeLabel, right: MaybeLabel, value: str) -> None:
    if _can_be(left, value) or _can_be(right, value):
        assert _can_be(union(left, right), value)


def test_combinations_count_a_missing_label_as_one_more_value() -> None:
    assert combinations([Label(True, ("a", "b")), Label(False, ("c",)), Label(True, None, most=5)]) == 20
    assert combinations([Label(True, None)]) is None
    assert combinations([]) == 1


def test_guards_meet_only_where_one_side_asks_for_nothing_else() -> None:
    ours, theirs = Label(True, ("a",), ("__invalid__",)), Label(True, ("b",), ("__invalid__",))
    asked = ours._replace(values=())
    assert meet(asked, theirs) == Label(True, (), ("__invalid__",))
    assert meet(Label(True, ("a",)), Label(True, ("b",))) is NOTHING
