"""What ``%load_ext jupyterlab_sentinel`` costs beyond a bare kernel, against ``import pandas``.

Each sample is a fresh process that starts IPython's shell and times one statement in it; the
samples alternate, so that a busy machine slows both alike. Seconds depend on the machine: the ratio is the figure.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 7
STATEMENTS = {
    "%load_ext jupyterlab_sentinel": "shell.run_line_magic('load_ext', 'jupyterlab_sentinel')",
    "import jupyterlab_sentinel": "import jupyterlab_sentinel",
    "import pandas": "import pandas",
}
# The kernel's own modules count as the bare kernel.
SAMPLE = """
import time
import ipykernel.ipkernel
import ipykernel.zmqshell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
started = time.perf_counter()
{statement}
print(time.perf_counter() - started)
"""


def sample(statement: str) -> float:
    """Seconds that the statement takes in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE.format(statement=statement)], capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    """Print the median of each statement and its ratio to pandas."""
    for statement in STATEMENTS.values():
        sample(statement)  # byte code and file cache
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            seconds[name].append(sample(statement))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        print(f"{name:32} {median * 1000:7.1f} ms   {median / medians['import pandas']:5.3f} of import pandas")


if __name__ == "__main__":
    main()
