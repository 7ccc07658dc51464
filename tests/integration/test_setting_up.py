"""Set-up by `make` and `pip`: the index of PyTorch, and the pins of requirements.txt."""

import functools
import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROBE = "arshif-probe"  # stands for torch, which no test may replace
CUDA_ONLY = ("torch", "triton", "nvidia-", "cuda-")


def write_wheel(folder: Path, version: str) -> None:
    """Write a wheel of `PROBE` without code into `folder`."""
    stem = f"{PROBE.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {PROBE}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve a folder: its listings are the pages of a package index (PEP 503)."""

    def log_message(self, *_arguments):
        pass


@contextmanager
def package_index(folder: Path):
    """Serve `folder/PROJECT/*.whl` on the loopback interface; yield the address of the index."""
    handler = functools.partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def index_that(behaviour: str, folder: Path) -> Iterator[str]:
    """Yield the address of an index that "answers", "lacks" the wheel, or is "silent"."""
    if behaviour in ("answers", "lacks"):
        folder.mkdir()
        if behaviour == "answers":
            write_wheel(folder / PROBE, "1.0+cpu")
        with package_index(folder) as address:
            yield address
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which accepts no connection
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def run_make(
    tmp_path: Path, cpu_index: str, default_index: str
) -> subprocess.CompletedProcess[str]:
    """Run the recipe that installs torch, with `PROBE` in its place, into `tmp_path/installed`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))
    }
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": default_index,
        "PIP_TARGET": str(tmp_path / "installed"),
        "PIP_NO_CACHE_DIR": "1",
        "no_proxy": "127.0.0.1",
    }
    stamp = tmp_path / "venv" / "torch"
    stamp.parent.mkdir()
    variables = {
        "VENV": stamp.parent,
        "BIN": Path(sys.executable).parent,
        "TORCH": f"{PROBE}==1.0",
        "TORCH_INDEX": cpu_index,
    }
    return subprocess.run(
        ["make", *(f"{name}={value}" for name, value in variables.items()), str(stamp)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,  # seconds; pip's own five retries of a silent index would take 90
        check=True,
    )


def install(folder: Path, behaviour: str) -> tuple[list[str], str]:
    """Return what was installed, and what was printed with the address of the index left out."""
    folder.mkdir()
    write_wheel(folder / "default" / PROBE, "1.0")
    with (
        index_that(behaviour, folder / "cpu") as cpu_index,
        package_index(folder / "default") as default_index,
    ):
        done = run_make(folder, cpu_index, default_index)
    installed = [path.name for path in (folder / "installed").glob("*.dist-info")]
    return installed, (done.stdout + done.stderr).replace(cpu_index, "ADDRESS")


@pytest.mark.slow
def test_torch_comes_from_the_cpu_index_or_else_from_the_default_index(tmp_path):
    notice = f"No {PROBE}==1.0 from ADDRESS: installing it from the default index.\n"
    expected = {
        "answers": (["arshif_probe-1.0+cpu.dist-info"], ""),
        "lacks": (["arshif_probe-1.0.dist-info"], notice),
        "silent": (["arshif_probe-1.0.dist-info"], notice),
    }
    with ThreadPoolExecutor() as pool:  # pip waits five seconds for the silent index
        results = pool.map(lambda behaviour: install(tmp_path / behaviour, behaviour), expected)
    assert dict(zip(expected, results, strict=True)) == expected


def locked() -> dict[str, str]:
    """Return the version of each package in requirements.txt, whose lines are pins and no more."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert [str(pin) for pin in pins if pin.url or pin.extras] == []
    versions = {}
    for pin in pins:
        [specifier] = pin.specifier
        assert specifier.operator == "=="
        assert canonicalize_name(pin.name) not in versions
        versions[canonicalize_name(pin.name)] = specifier.version
    return versions


def test_the_lock_pins_every_dependency_within_its_range():
    versions = locked()
    ranges = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    for requirement in map(Requirement, ranges):
        pinned = versions.get(canonicalize_name(requirement.name), "none")
        assert pinned in requirement.specifier, f"{requirement}, pinned {pinned}: run `make lock`"


def test_torch_is_pinned_in_the_makefile_alone_at_a_version_that_suits():
    assert [name for name in locked() if name.startswith(CUDA_ONLY)] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [pin] = re.findall(r"^TORCH \?= torch==(.+)$", makefile, flags=re.MULTILINE)
    requirements = map(Requirement, requires("sentence-transformers") or [])
    [torch] = [one for one in requirements if one.name == "torch" and one.marker is None]
    assert pin in torch.specifier
