"""Graphs: made of tables, matched against patterns, and turned into tables again.

=============  ==============================================================================
graph          what a graph is: two CTEs, of nodes and of edges, whose rows are numbered
making         ``make-graph``
patterns       what ``graph-match`` looks for
views          the nodes or edges that one name of a pattern stands for
elements       expressions over the names of a pattern
walks          edges of variable length: a recursive CTE each
matching       ``graph-match``
shortest       ``graph-shortest-paths``
components     ``graph-mark-components``
outputs        ``graph-to-table``
operators      which operator does what, and how a graph follows a table in a pipe
=============  ==============================================================================

What the articles leave open was measured on Kusto's emulator and published by the authors of duckdb-kql; where those
measurements and the articles disagree, a query that would tell them apart is refused.
"""
