"""The product's verbs, async; no I/O but through the ports and the tools below."""
