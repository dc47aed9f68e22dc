"""KQL to DuckDB SQL, with types.

The way of a query: text → :mod:`jupyterlab_sentinel.kql.parser` → tree → here → SQL and KQL types.

=================  ==========================================================================
values             a scalar: SQL, KQL type, and its value where it is a constant
relations          a table in the making: columns with KQL names and types over a CTE
context            what a query sees: tables, bounds of time, ``let`` names; where errors point
expressions        scalar expressions
comparisons, text  operators by the types of their sides
casts              from type to type
functions/         scalar functions, one file a family, in one registry
aggregates/        the same for ``summarize``
tabular/           tabular operators, one file a family, in one registry
graphs/            ``make-graph`` and the operators that read a graph
statements         a whole query
=================  ==========================================================================

To add a function: a decorated function in its family's file. To add an operator: the same in
``tabular/``. What is in no registry is refused by name.
"""
