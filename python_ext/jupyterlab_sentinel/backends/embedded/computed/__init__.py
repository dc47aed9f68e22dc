"""What scalar functions compute in Python because SQL has no words for it; pure, a value at a time.

Each module holds one subject and knows nothing of SQL. ``functions/`` of the translation registers them.
"""
