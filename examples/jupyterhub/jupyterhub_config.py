"""JupyterHub with Sentinel for every user: ``jupyterhub -f examples/jupyterhub/jupyterhub_config.py``.

As it stands it is for trying on one machine: it listens on loopback only, and whoever knows the
password below is whoever he says. What to change before others use it is said at each part.

    pip install jupyterhub jupyterlab-sentinel[lab]    # in the environment of the users' servers
    npm install configurable-http-proxy                # and its folder on the PATH, or named below
"""

import os

c = get_config()  # noqa: F821  # JupyterHub puts it here

# --- Who may come in ---
# In earnest: the authenticator of your identity provider, for instance oauthenticator's
# AzureAdOAuthenticator, with `allowed_groups` for the team. Never the dummy.
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = os.environ["SENTINEL_HUB_PASSWORD"]
c.Authenticator.allowed_users = {"alice", "bob"}

# --- Where a user's server runs ---
# The simple spawner runs every server as the hub's own user: no wall between users.
# In earnest: `c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"` or "dockerspawner.DockerSpawner"
# with an image that holds jupyterlab-sentinel, and a volume for the home folder, because the
# settings (in .jupyter) and the store of lookups (in .local/share/jupyter) live there.
c.JupyterHub.spawner_class = "simple"
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 120

# --- Addresses ---
# In earnest: https in front of it (`c.JupyterHub.ssl_key` and `ssl_cert`, or your ingress).
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_ip = "127.0.0.1"

# --- Sentinel, for all users ---
# Every setting has a variable: JUPYTERLAB_SENTINEL_ and its path in the settings file, with two
# underscores between the parts. A user's own file adds to these; these win.
c.Spawner.environment = {
    # A workspace that everybody finds under "Connect workspace" as `contoso`. Users sign in to Azure
    # as themselves; the hub holds no credential and hands none out.
    "JUPYTERLAB_SENTINEL_WORKSPACES__CONTOSO__WORKSPACE_ID": "00000000-0000-0000-0000-000000000000",
    # Never sent to any provider of threat intelligence, whatever a user switches on.
    "JUPYTERLAB_SENTINEL_PRIVACY__INTERNAL_DOMAINS": "contoso.example",
    # Queries that take longer are stopped.
    "JUPYTERLAB_SENTINEL_QUERY__TIMEOUT_S": "120",
}
c.Spawner.args = [
    # A handler that forgot to ask who is there answers 403 instead of answering.
    "--ServerApp.allow_unauthenticated_access=False",
    # Users of one machine could else listen to each other's kernels (jupyter_client 8.10 or later).
    "--KernelManager.transport_encryption=auto",
]
