"""Microsoft's Log Analytics query service, where Sentinel keeps its logs."""
