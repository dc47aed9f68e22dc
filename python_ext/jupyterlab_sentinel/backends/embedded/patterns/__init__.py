r"""Regular expressions of KQL: the syntax that Microsoft documents, which is that of Rust's ``regex`` crate.

DuckDB's engine is RE2, whose syntax is another and whose ``\d``, ``\w``, ``\s`` and ``\b`` know ASCII only.

=========  ===================================================================================
syntax     a pattern's text → its tree; what is no pattern is an error with its offset
points     sets of code points: classes, properties, case
re2        the tree → a pattern for RE2, where it has one of the very same meaning
machine    the tree → a matcher in Python, linear in the text, for what RE2 cannot express
=========  ===================================================================================
"""
