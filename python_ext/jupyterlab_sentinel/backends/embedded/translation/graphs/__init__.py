"""Graphs: made of tables, matched against patterns, and turned into tables again.

=============  ==============================================================================
graph          what a graph is: two CTEs, of nodes and of edges, whose rows are numbered
making         ``make-graph``
patterns       what ``graph-match`` looks for
views          the nodes or edges that one name of a pattern stands for
elements       expressions over the names of a pattern
inside         those inside of ``map()``, ``all()`` and ``any()``
paths          paths such as ``a.d.x``
walks          edges of variable length: a recursive CTE each
breadth        which edges lie on shortest ways
plans          in which order the parts are joined
matching       ``graph-match``
shortest       ``graph-shortest-paths``
components     ``graph-mark-components``
outputs        ``graph-to-table``
operators      which operator does what, and how a graph follows a table in a pipe
=============  ==============================================================================

What the articles leave open was measured on Kusto's emulator and published by the authors of duckdb-kql. Where the two
disagree, a query that would tell them apart is refused; but what two tables say of one node is merged, and a condition
on an edge of variable length is about each of its edges, as the articles say.
"""
