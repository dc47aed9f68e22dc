"""Numbers of arguments in words."""

from __future__ import annotations


def counted(wanted: str) -> str:
    """``1 argument``, ``2 to 3 arguments``."""
    return f"{wanted} argument{'' if wanted == '1' else 's'}"


def there_are(number: int) -> str:
    """``is 1``, ``are 2``."""
    return f"{'is' if number == 1 else 'are'} {number}"
