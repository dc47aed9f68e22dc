"""Microsoft Sentinel investigations in Jupyter."""


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the prebuilt front end, relative to this package."""
    return [{"src": "labextension", "dest": "jupyterlab-sentinel"}]
