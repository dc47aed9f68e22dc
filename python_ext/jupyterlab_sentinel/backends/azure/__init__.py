"""What the backends for Azure's services have in common."""

from __future__ import annotations
