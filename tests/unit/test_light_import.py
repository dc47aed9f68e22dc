from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "azure",
    "duckdb",
    "duckdb_kql",
    "httpx",
    "ipyleaflet",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
)
# Run in a shell of the kind that a kernel has; what the bare kernel loads does not count.
PROBE = """
import json, sys
import ipykernel.zmqshell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.parametrize(
    "statement",
    ["import jupyterlab_sentinel", "shell.run_line_magic('load_ext', 'jupyterlab_sentinel')"],
    ids=["import", "load_ext"],
)
def test_nothing_heavy_is_loaded(statement: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "jupyterlab_sentinel" in loaded
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []


def test_the_probe_sees_what_is_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement="import pandas")], capture_output=True, text=True, check=True
    )
    assert "pandas" in json.loads(done.stdout.splitlines()[-1])
