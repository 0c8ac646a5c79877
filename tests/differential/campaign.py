"""A run: data sets in a server, queries over them, and what contradicts their types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.promql.types import Type

from tests.differential.claims import contradictions
from tests.differential.data_sets import DataSet, data_set
from tests.differential.engine import Answer, Engine, engine, load
from tests.differential.findings import Claim, claims_of
from tests.differential.matches import wrong_matches
from tests.differential.queries import Queries
from tests.differential.shrink import shrunk
from tests.differential.subject import model, tree_of, typed
from tests.differential.variables import Asked, with_variables

BEGIN = 1_709_164_800
"""Unix time of the first data set: the evening before 29 February 2024, for what counts days."""
APART = 4200
"""Seconds from one data set to the next: what one query reads, another does not."""
KINDS = ("complete", "ragged", "guarded")


@dataclass(frozen=True, slots=True)
class Case:
    """A query that was answered otherwise than its type says, or an error in it. `question`: what was claimed."""

    question: Question
    data_set: DataSet
    answer: Answer
    reasons: tuple[str, ...]

    @property
    def query(self) -> str:
        return self.question.query


@dataclass(slots=True)
class Tally:
    """What a run saw. `claims` counts the queries of whose type something is known, `findings` the errors that were
    tried, by their codes."""

    queries: int = 0
    refused: int = 0
    answers: int = 0
    errors: int = 0
    with_result: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    cases: list[Case] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as it is sent, and what is claimed of its answers: by the types of its parts, and by the errors in it."""

    query: str
    typed: TypedQuery
    claims: tuple[Claim, ...]

    @property
    def type(self) -> Type:
        return self.typed.of(self.typed.tree)

    def contradictions(self, answer: Answer, data_set: DataSet) -> list[str]:
        matches = wrong_matches(self.typed.tree, self.typed.types, answer, data_set)
        return [*contradictions(self.type, answer, data_set), *matches]


def question(query: str) -> Question | None:
    """None where the query is not PromQL."""
    tree = tree_of(query)
    if tree is None:
        return None
    found = typed(query, tree)
    return Question(query, found, tuple(claims_of(found)))


def question_with_variables(asked: Asked) -> Question | None:
    """What is claimed of the query with its variables, and the query that is sent."""
    tree = asked.tree
    if tree is None:
        return None
    found = typed(asked.written, tree, asked.stands)
    claims = (claim._replace(queries=tuple(asked.sent(query) for query in claim.queries)) for claim in claims_of(found))
    return Question(asked.sent(asked.written), found, tuple(claims))


@dataclass(frozen=True, slots=True)
class Bench:
    """A server with its data sets, and when they are asked."""

    server: Engine
    data_sets: tuple[DataSet, ...]

    def cases(self, asked: Question, tally: Tally | None = None) -> Iterator[Case]:
        """Every answer that contradicts the query's type, or an error in it."""
        for one in self.data_sets:
            for claim in asked.claims:
                yield from self._wrong_findings(asked, claim, one)
            for answer in self.server.answers(asked.query, times_of(one)):
                if tally is not None:
                    tally.answers += 1
                    tally.errors += bool(answer.error)
                    tally.with_result += bool(answer.samples)
                if asked.contradictions(answer, one):
                    yield from self._confirmed(asked, one, answer.time)

    def _wrong_findings(self, asked: Question, claim: Claim, one: DataSet) -> Iterator[Case]:
        """Each time at which an error is not true; asked again at one time, as below."""
        several = [self.server.answers(query, times_of(one)) for query in claim.queries]
        for answers in zip(*several, strict=True):
            if claim.refutation(answers, one):
                again = [self.server.answer(query, answers[0].time) for query in claim.queries]
                reason = claim.refutation(again, one)
                if reason:
                    yield Case(asked, one, again[0], (f"{claim.code}: `{claim.queries[0]}` {reason}",))

    def _confirmed(self, asked: Question, one: DataSet, time: int) -> Iterator[Case]:
        """The case again, as rules are evaluated: at one time. Over a range the engine adds up the series of an
        operator's result in an order that changes from run to run, and with it a sum's last digits."""
        answer = self.server.answer(asked.query, time)
        reasons = asked.contradictions(answer, one)
        if reasons:
            yield Case(asked, one, answer, tuple(reasons))


def times_of(one: DataSet) -> range:
    """When queries are evaluated: in a complete data set ten minutes after its start and later, with every series
    well there; else from the first minute until there is nothing left."""
    first, last = (630, 1240) if one.complete else (60, 1700)
    return range(one.start + first, one.start + last, 101 if one.complete else 203)


@contextmanager
def bench(program: Path, seed: int) -> Iterator[Bench]:
    """A server with data sets of this seed, which ends with the context."""
    with TemporaryDirectory(prefix="differential-") as folder, engine(program, Path(folder)) as server:
        sets = []
        for number, kind in enumerate(KINDS):
            one = data_set(model(), Random(f"{seed} {kind}"), BEGIN + number * APART, kind)
            load(server, one, model().recording_rules)
            sets.append(one)
        yield Bench(server, tuple(sets))


def drawn(seed: int, count: int) -> list[str]:
    """So many different queries."""
    source, found = Queries(Random(f"{seed} queries")), dict[str, None]()
    while len(found) < count:
        found[source.query()] = None
    return list(found)


def questions(seed: int, count: int) -> Iterator[Question | None]:
    """So many queries, every fifth of them with dashboard variables."""
    random = Random(f"{seed} variables")
    for number, query in enumerate(drawn(seed, count)):
        yield question_with_variables(with_variables(query, random)) if number % 5 == 4 else question(query)


def run(on: Bench, questions: Iterable[Question | None], tally: Tally) -> Tally:
    """Asks every one, and keeps the first contradiction of each."""
    for asked in questions:
        if asked is None:
            tally.refused += 1
            continue
        tally.queries += 1
        tally.claims.update(_claims(asked.type))
        tally.findings.update(claim.code for claim in asked.claims)
        tally.cases += list(on.cases(asked, tally))[:1]
    return tally


def _claims(found: Type) -> Iterator[str]:
    """What the type says that not every type would."""
    if found.emptiness == "never has a result":
        yield "never has a result"
        return
    if found.emptiness == "always has":
        yield "always has a result"
    elif found.while_scraped:
        yield "has a result while scraped"
    if found.range != (None, None):
        yield "value has a bound"
    if not found.value.nan:
        yield "value is never NaN"
    if found.max_series is not None:
        yield "number of series has a bound"
    if not any(branch.open for branch in found.branches):
        yield "all labels are known"
    if any(label.values is not None for label in found.labels.values()):
        yield "a label's values are known"
    if len(found.branches) > 1:
        yield "several branches"


def smallest(on: Bench, case: Case) -> Case:
    """The same contradiction in the shortest query that is found for it; one with variables stays as it is."""
    last = case
    if case.question.typed.query.variables:
        return case

    def is_case(query: str) -> bool:
        nonlocal last
        asked = question(query)
        found = None if asked is None else next(on.cases(asked), None)
        last = found or last
        return found is not None

    shrunk(case.query, is_case)
    return last
