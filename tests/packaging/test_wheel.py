"""The wheel as a user gets it: built from the sdist without npm, installed into a fresh environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
FOREIGN_FOLDERS = {"node_modules", "__pycache__", ".ipynb_checkpoints", ".venv", "build"}
FOREIGN_ENDINGS = (".pyc", ".mmdb", "_cache")
# A PATH with which no front end can be built.
WITHOUT_NPM = "/usr/bin:/bin"


def run(*command: str | Path, **environment: str) -> str:
    """Run a command to its end and return both its outputs; a failure shows them."""
    done = subprocess.run(
        [str(word) for word in command],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dist")


@pytest.fixture(scope="module")
def sdist(folder: Path) -> Path:
    assert (ROOT / "python_ext/jupyterlab_sentinel/labextension/static/style.js").exists(), "Run `make frontend` first."
    run(UV, "build", "--quiet", "--sdist", "--out-dir", folder, ROOT)
    (path,) = folder.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def wheel(folder: Path, sdist: Path) -> Path:
    run(UV, "build", "--quiet", "--wheel", "--out-dir", folder, sdist, PATH=WITHOUT_NPM)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(folder: Path, wheel: Path) -> Path:
    """The ``bin`` folder of a fresh environment that holds the wheel and JupyterLab."""
    environment = folder / "environment"
    run(UV, "venv", "--quiet", "--python", sys.executable, environment)
    run(UV, "pip", "install", "--quiet", "--python", environment / "bin" / "python", f"{wheel}[lab]")
    return environment / "bin"


def names_in(distribution: Path) -> list[str]:
    if distribution.suffix == ".whl":
        with zipfile.ZipFile(distribution) as archive:
            return archive.namelist()
    with tarfile.open(distribution) as tar:
        return tar.getnames()


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_distribution_holds_nothing_that_does_not_belong(kind: str, request: pytest.FixtureRequest) -> None:
    names = names_in(request.getfixturevalue(kind))
    parts = {part for name in names for part in name.split("/")}
    assert parts & FOREIGN_FOLDERS == set()
    assert [part for part in parts if part.endswith(FOREIGN_ENDINGS)] == []


def test_the_wheel_holds_the_package_once_and_no_tests(wheel: Path) -> None:
    names = names_in(wheel)
    assert [name for name in names if "test" in name.split("/")[0] or "/tests/" in name] == []
    data = [name for name in names if name.split("/")[0].endswith(".data")]
    assert {name.split(".data/data/")[1].split("/")[0] for name in data} == {"share", "etc"}
    front_end = {name.split("/labextensions/jupyterlab-sentinel/")[1] for name in data if "/labextensions/" in name}
    assert {"install.json", "package.json", "static/style.js"} <= front_end
    assert any(name.startswith("static/remoteEntry.") for name in front_end)
    assert [name for name in names if name.startswith("jupyterlab_sentinel/labextension/")] == []
    assert len(names) == len(set(names))
    for needed in ("__init__.py", "py.typed", "_version.py"):
        assert f"jupyterlab_sentinel/{needed}" in names


def test_one_version_everywhere(wheel: Path, installed: Path) -> None:
    version = json.loads((ROOT / "package.json").read_text())["version"]
    assert wheel.name.split("-")[1] == version
    told = run(installed / "python", "-c", "import jupyterlab_sentinel as s; print(s.__version__)", PYTHONPATH="")
    assert told.strip() == version


def test_both_extensions_are_enabled(installed: Path, tmp_path: Path) -> None:
    elsewhere = {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path), "HOME": str(tmp_path)}
    front_ends = run(installed / "jupyter", "labextension", "list", **elsewhere)
    (line,) = [line for line in front_ends.splitlines() if "jupyterlab-sentinel v" in line]
    assert "enabled" in line
    assert "OK" in line
    servers = run(installed / "jupyter", "server", "extension", "list", **elsewhere)
    assert "jupyterlab_sentinel" in servers
    assert any("jupyterlab_sentinel" in line and "OK" in line for line in servers.splitlines()), servers


def test_the_kernel_extension_loads_and_answers(installed: Path, tmp_path: Path) -> None:
    answer = run(
        installed / "ipython",
        "--no-banner",
        "--quick",
        "-c",
        "%load_ext jupyterlab_sentinel\n%sentinel --help",
        IPYTHONDIR=str(tmp_path),
        PYTHONPATH="",
    )
    assert "connect" in answer
    assert "Traceback" not in answer


def test_the_command_line_is_installed(installed: Path) -> None:
    assert "serve" in run(installed / "jupyter", "sentinel", "--help")
