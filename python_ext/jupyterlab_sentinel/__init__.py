"""Microsoft Sentinel investigations in Jupyter."""
