"""`make` and `pip install`: what requirements.txt pins."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CUDA_ONLY = ("torch", "triton", "nvidia-", "cuda-")


def locked() -> dict[str, str]:
    """Return the version of each package in requirements.txt. A line holds nothing but a pin."""
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
    named = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    for requirement in map(Requirement, named):
        pinned = versions.get(canonicalize_name(requirement.name), "none")
        assert pinned in requirement.specifier, f"{requirement}, pinned {pinned}: run `make lock`"


def test_torch_is_pinned_apart_and_satisfies_what_needs_it():
    assert [name for name in locked() if name.startswith(CUDA_ONLY)] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [pin] = re.findall(r"^TORCH \?= torch==(.+)$", makefile, flags=re.MULTILINE)
    needed = [Requirement(line) for line in requires("sentence-transformers") or []]
    [torch] = [line for line in needed if line.name == "torch" and line.marker is None]
    assert pin in torch.specifier
