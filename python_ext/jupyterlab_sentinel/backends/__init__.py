"""Workspaces: one module or package a service, found by entry points."""
