"""The connected components of a graph, whose nodes are numbered from 1."""

from __future__ import annotations

from .remarks import checkpoint

_OFTEN = 10_000


def weak_components(count: int, starts: list[int], ends: list[int]) -> list[int]:
    """For each node the number of its component, from 0 in the order of their first nodes.

    :param starts: the node where each edge starts, whose direction does not matter.
    """
    parents = list(range(count + 1))
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if place % _OFTEN == 0:
            checkpoint()
        one, other = _top(parents, start), _top(parents, end)
        if one != other:
            parents[max(one, other)] = min(one, other)
    return _numbered([_top(parents, node) for node in range(1, count + 1)])


def _top(parents: list[int], node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


def strong_components(count: int, starts: list[int], ends: list[int]) -> list[int]:
    """The same for components each of whose nodes can be reached from each other along the edges.

    Tarjan's algorithm with a stack of its own, since a chain of nodes may be longer than Python's.
    """
    following: list[list[int]] = [[] for _ in range(count + 1)]
    for start, end in zip(starts, ends, strict=True):
        following[start].append(end)
    found = _Strong(following)
    for node in range(1, count + 1):
        if not found.seen[node]:
            found.visit(node)
    return _numbered(found.component[1:])


class _Strong:
    """The state of the search: when each node was seen, and the earliest node that it leads back to."""

    def __init__(self, following: list[list[int]]) -> None:
        self._following = following
        self._places = [0] * len(following)
        self._low = [0] * len(following)
        self._waiting: list[int] = []
        self._steps = 0
        self.seen = [0] * len(following)
        self.component = [0] * len(following)

    def visit(self, root: int) -> None:
        """Everything that can be reached from a node that was not seen."""
        path = [root]
        self._enter(root)
        while path:
            node = path[-1]
            if self._places[node] < len(self._following[node]):
                self._look(path, node)
                continue
            path.pop()
            if path:
                self._low[path[-1]] = min(self._low[path[-1]], self._low[node])
            if self._low[node] == self.seen[node]:
                self._close(node)

    def _enter(self, node: int) -> None:
        self._steps += 1
        if self._steps % _OFTEN == 0:
            checkpoint()
        self.seen[node] = self._low[node] = self._steps
        self._waiting.append(node)

    def _look(self, path: list[int], node: int) -> None:
        """Along the next edge of a node."""
        other = self._following[node][self._places[node]]
        self._places[node] += 1
        if not self.seen[other]:
            path.append(other)
            self._enter(other)
        elif not self.component[other]:
            self._low[node] = min(self._low[node], self.seen[other])

    def _close(self, node: int) -> None:
        """All that waits since a node is one component with it."""
        while True:
            other = self._waiting.pop()
            self.component[other] = node
            if other == node:
                return


def _numbered(marks: list[int]) -> list[int]:
    numbers: dict[int, int] = {}
    return [numbers.setdefault(mark, len(numbers)) for mark in marks]
