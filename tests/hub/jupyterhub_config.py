"""The example's configuration, moved to free ports, a folder of the test's own and the tools of this checkout."""

import json
import os
from pathlib import Path

c = get_config()  # noqa: F821  # JupyterHub puts it here
root = Path(__file__).resolve().parents[2]
load_subconfig(str(root / "examples" / "jupyterhub" / "jupyterhub_config.py"))  # noqa: F821  # likewise

folder = Path(os.environ["SENTINEL_HUB_FOLDER"])
public, hub, proxy = os.environ["SENTINEL_HUB_PORTS"].split()
c.JupyterHub.bind_url = f"http://127.0.0.1:{public}"
c.JupyterHub.hub_port = int(hub)
c.JupyterHub.db_url = f"sqlite:///{folder / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = str(root / "node_modules" / ".bin" / "configurable-http-proxy")
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.SimpleLocalProcessSpawner.home_dir_template = f"{folder}/home/{{username}}"
c.Spawner.environment = {**c.Spawner.environment, **json.loads(os.environ["SENTINEL_HUB_GIVEN"])}
if os.geteuid() == 0:
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]
