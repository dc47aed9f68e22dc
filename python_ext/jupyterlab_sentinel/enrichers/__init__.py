"""Providers of facts about indicators, one file each; found by entry points."""
