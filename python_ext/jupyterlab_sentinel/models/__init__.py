"""Typed values that the layers hand to each other."""
