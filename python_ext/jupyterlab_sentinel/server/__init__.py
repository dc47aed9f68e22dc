"""The Jupyter server extension: alerts for the sidebar over REST."""
