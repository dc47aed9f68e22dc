"""``graph-match`` finds what trying everything finds: random small graphs against random patterns."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.translation.statements import translate

NODES = "abcde"
Edge = tuple[str, str, int]
Way = tuple[tuple[int, ...], tuple[str, ...]]
"""The edges of a way by their place, and the nodes from its start to its end."""


@dataclass(frozen=True)
class Step:
    left: str
    right: str
    direction: str
    bounds: tuple[int, int] | None

    def kql(self, name: str) -> str:
        inside = name + (f"*{self.bounds[0]}..{self.bounds[1]}" if self.bounds else "")
        return f"{'<' * (self.direction == '<')}-[{inside}]-{'>' * (self.direction == '>')}"


@dataclass
class Sought:
    """A pattern: its sequences, each of steps that follow one another, and the conditions on a match."""

    sequences: list[list[Step]]
    cycles: str
    tests: list[str] = field(default_factory=list)
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        return [step for sequence in self.sequences for step in sequence]

    @property
    def names(self) -> list[str]:
        return sorted({name for step in self.steps for name in (step.left, step.right)})

    def kql(self) -> str:
        place, parts = 0, []
        for sequence in self.sequences:
            text = f"({sequence[0].left})"
            for step in sequence:
                text += f"{step.kql(f'e{place}')}({step.right})"
                place += 1
            parts.append(text)
        items = [f"{name}.id" for name in self.names]
        for number, step in enumerate(self.steps):
            items.append(f"e{number}.w")
            if step.bounds:
                items.append(f"i{number} = map(inner_nodes(e{number}), id)")
        where = f" where {' and '.join(self.tests)}" if self.tests else ""
        return f"graph-match cycles={self.cycles} {', '.join(parts)}{where} project {', '.join(items)}"


def ways(edges: list[Edge], step: Step, start: str, cycles: str) -> Iterator[Way]:
    """Every way that a step may take from its left node; a loop can be walked from either of its ends."""
    low, high = step.bounds or (1, 1)
    waiting: list[Way] = [((), (start,))]
    while waiting:
        taken, nodes = waiting.pop()
        if len(taken) >= low:
            yield taken, nodes
        if len(taken) == high:
            continue
        for place, (source, target, _) in enumerate(edges):
            if cycles == "unique_edges" and place in taken:
                continue
            for near, far, signs in ((source, target, (">", "")), (target, source, ("<", ""))):
                if step.direction in signs and near == nodes[-1] and not (cycles == "none" and far in nodes):
                    waiting.append(((*taken, place), (*nodes, far)))


def matches(edges: list[Edge], sought: Sought) -> Counter[tuple[object, ...]]:
    """Every match, as the query shows it."""
    found: Counter[tuple[object, ...]] = Counter()
    for chosen in product(NODES, repeat=len(sought.names)):
        nodes = dict(zip(sought.names, chosen, strict=True))
        options = [
            [way for way in ways(edges, step, nodes[step.left], sought.cycles) if way[1][-1] == nodes[step.right]]
            for step in sought.steps
        ]
        for taken in product(*options):
            if apart(sought, nodes, taken) and passes(edges, sought, nodes, taken):
                found[shown(edges, sought, nodes, taken)] += 1
    return found


def apart(sought: Sought, nodes: dict[str, str], taken: tuple[Way, ...]) -> bool:
    if sought.cycles == "unique_edges":
        used = [edge for way, _ in taken for edge in way]
        return len(used) == len(set(used))
    if sought.cycles == "none":
        everywhere = [*nodes.values(), *(node for _, passed in taken for node in passed[1:-1])]
        return len(everywhere) == len(set(everywhere))
    return True


def passes(edges: list[Edge], sought: Sought, nodes: dict[str, str], taken: tuple[Way, ...]) -> bool:
    limits = sought.limits
    weights = [[edges[place][2] for place in way] for way, _ in taken]
    inner = [passed[1:-1] for _, passed in taken]
    tests = {
        "node": lambda limit: NODES.index(nodes[sought.names[0]]) >= limit,
        "last": lambda limit: NODES.index(nodes[sought.names[-1]]) < limit,
        "pair": lambda limit: NODES.index(nodes[sought.names[0]]) + limit > NODES.index(nodes[sought.names[-1]]),
        "edge": lambda limit: all(weight >= limit for weight in weights[0]),
        "any": lambda limit: any(weight == limit for weight in weights[-1]),
        "inner": lambda limit: all(NODES.index(node) >= limit for node in inner[-1]),
        "either": lambda limit: NODES.index(nodes[sought.names[0]]) == limit or len(weights[-1]) == 1,
    }
    return all(tests[name](limit) for name, limit in limits.items())


def shown(edges: list[Edge], sought: Sought, nodes: dict[str, str], taken: tuple[Way, ...]) -> tuple[object, ...]:
    cells: list[object] = [nodes[name] for name in sought.names]
    for step, (way, passed) in zip(sought.steps, taken, strict=True):
        weights = [edges[place][2] for place in way]
        cells.extend([json.dumps(weights), json.dumps(list(passed[1:-1]))] if step.bounds else weights)
    return tuple(cells)


def made(chance: random.Random, cycles: str) -> Sought:
    """A random pattern of up to three steps."""
    names = iter("pqrstu")
    sequences: list[list[Step]] = []
    known: list[str] = [next(names)]
    for number in range(chance.choice((1, 2, 2, 3))):
        follows = sequences and chance.random() < 0.6
        left = sequences[-1][-1].right if follows else chance.choice(known)
        closing = number and cycles != "none" and chance.random() < 0.25
        right = chance.choice(known) if closing else next(names)
        known.append(right)
        low = chance.choice((0, 1, 1, 2)) if cycles != "none" else chance.choice((1, 1, 2))
        bounds = (low, low + chance.randint(0, 2)) if chance.random() < 0.5 else None
        step = Step(left, right, chance.choice(">><<-").replace("-", ""), bounds)
        if follows:
            sequences[-1].append(step)
        else:
            sequences.append([step])
    return with_tests(chance, Sought(sequences, cycles))


def with_tests(chance: random.Random, sought: Sought) -> Sought:
    first, last, number = sought.names[0], sought.names[-1], len(sought.steps) - 1
    varying = sought.steps[-1].bounds is not None
    forms = {
        "node": f"{first}.rank >= {{}}",
        "last": f"{last}.rank < {{}}",
        "pair": f"{first}.rank + {{}} > {last}.rank",
        # The two mean the same of an edge of variable length.
        "edge": "all(e0, w >= {})" if sought.steps[0].bounds and chance.random() < 0.5 else "e0.w >= {}",
    }
    if varying:
        forms["any"] = f"any(e{number}, w == {{}})"
        forms["inner"] = f"all(inner_nodes(e{number}), rank >= {{}})"
        forms["either"] = f"({first}.rank == {{}} or array_length(e{number}) == 1)"
    for name in chance.sample(sorted(forms), chance.choice((0, 0, 1, 2))):
        sought.limits[name] = chance.randint(0, 4)
        sought.tests.append(forms[name].format(sought.limits[name]))
    return sought


def drawn(chance: random.Random) -> list[Edge]:
    """A random graph, with edges side by side and loops; the numbers tell the edges apart."""
    return [(chance.choice(NODES), chance.choice(NODES), place) for place in range(chance.randint(3, 7))]


def query(edges: list[Edge], end: str) -> str:
    listed = ", ".join(f'"{source}", "{target}", {weight}' for source, target, weight in edges)
    nodes = ", ".join(f'"{name}", {rank}' for rank, name in enumerate(NODES))
    return (
        f"datatable(s:string, t:string, w:long)[{listed}]\n"
        f"| make-graph s --> t with (datatable(id:string, rank:long)[{nodes}]) on id\n| {end}"
    )


def answered(execution: Execution, kql: str) -> Counter[tuple[object, ...]]:
    statement = translate(kql, {}, None, None, 0, execution.rows).statements[0]
    return Counter(
        tuple(json.dumps(json.loads(str(cell))) if str(cell).startswith("[") else cell for cell in row)
        for row in execution.rows(statement.sql)
    )


@pytest.mark.parametrize("cycles", ["unique_edges", "all", "none"])
@pytest.mark.parametrize("seed", range(40))
def test_like_trying_everything(execution: Execution, seed: int, cycles: str) -> None:
    chance = random.Random(f"{seed} {cycles}")  # noqa: S311  # no secret
    edges, sought = drawn(chance), made(chance, cycles)
    kql = query(edges, sought.kql())
    assert answered(execution, kql) == matches(edges, sought), kql


def test_the_default_is_unique_edges(execution: Execution) -> None:
    edges = [("a", "b", 0), ("b", "a", 1)]
    kql = query(edges, "graph-match (p)-[e*1..4]->(q) project p.id, q.id, e.w")
    assert answered(execution, kql) == answered(execution, kql.replace("(p)", "cycles=unique_edges (p)", 1))
    assert answered(execution, kql) != answered(execution, kql.replace("(p)", "cycles=all (p)", 1))


# --- shortest paths ------------------------------------------------------------------------------


def shortest(edges: list[Edge], step: Step, limits: dict[str, int]) -> dict[tuple[str, str], list[list[int]]]:
    """For each two nodes the shortest of the ways that visit no node twice and pass the conditions."""
    best: dict[tuple[str, str], list[list[int]]] = {}
    sought = Sought([[step]], "none", limits=limits)
    for start in NODES:
        for way in ways(edges, step, start, "none"):
            ends = {step.left: start, step.right: way[1][-1]}
            if not passes(edges, sought, ends, (way,)):
                continue
            weights = [edges[place][2] for place in way[0]]
            held = best.setdefault((start, way[1][-1]), [weights])
            if len(weights) < len(held[0]):
                best[start, way[1][-1]] = [weights]
            elif len(weights) == len(held[0]) and weights not in held:
                held.append(weights)
    return best


@pytest.mark.parametrize("seed", range(50))
def test_shortest_paths_like_trying_everything(execution: Execution, seed: int) -> None:
    chance = random.Random(f"shortest {seed}")  # noqa: S311  # no secret
    edges = drawn(chance)
    low = chance.choice((0, 1, 1, 1, 2))
    step = Step("p", "q", chance.choice(">><<-").replace("-", ""), (low, low + chance.randint(0, 4)))
    sought = with_tests(chance, Sought([[step]], "none"))
    for unwanted in ("pair", "either"):
        if unwanted in sought.limits:
            del sought.tests[list(sought.limits).index(unwanted)], sought.limits[unwanted]
    where = f" where {' and '.join(sought.tests)}" if sought.tests else ""
    pattern = f"(p){step.kql('e0')}(q){where} project p.id, q.id, e0.w, i = map(inner_nodes(e0), id)"
    best = shortest(edges, step, sought.limits)
    every = answered(execution, query(edges, f"graph-shortest-paths output=all {pattern}"))
    assert {row[:3] for row in every} == {
        (*ends, json.dumps(weights)) for ends, ways_between in best.items() for weights in ways_between
    }
    assert max(every.values(), default=1) == 1 or not step.direction
    one = answered(execution, query(edges, f"graph-shortest-paths {pattern}"))
    assert {row[:2] for row in one} == best.keys()
    assert len(one) == one.total() == len(best)
    assert set(one) <= set(every)


# --- components ----------------------------------------------------------------------------------


def reached(edges: list[Edge], start: str, *, both: bool) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        following = [b for a, b, _ in edges if a == node] + [a for a, b, _ in edges if both and b == node]
        waiting.extend(set(following) - found)
        found.update(following)
    return found


@pytest.mark.parametrize("kind", ["weak", "strong"])
@pytest.mark.parametrize("seed", range(12))
def test_components_like_trying_everything(execution: Execution, seed: int, kind: str) -> None:
    edges = drawn(random.Random(f"components {seed}"))  # noqa: S311  # no secret
    end = f"graph-mark-components kind={kind} with_component_id=c | graph-to-table nodes | project id, c"
    marks = {str(name): mark for name, mark in answered(execution, query(edges, end))}
    both = kind == "weak"
    for one, other in product(NODES, repeat=2):
        same = other in reached(edges, one, both=both) and one in reached(edges, other, both=both)
        assert (marks[one] == marks[other]) == same
    assert {int(str(mark)) for mark in marks.values()} == set(range(len(set(marks.values()))))
