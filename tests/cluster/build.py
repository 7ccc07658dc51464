"""The launcher's classes and the jars of Solr, compiled and fetched by Maven."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent
TARGET = FOLDER / "target"
_SOURCES = (FOLDER / "pom.xml", FOLDER / "src/main/java/Server.java")
_GOALS = ("compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath")


class ClusterUnavailableError(Exception):
    """No cluster can be started on this machine, for the reason in the message."""


def class_path() -> str:
    """Return Java's class path of the launcher, which Maven builds on first use."""
    for program in ("javac", "mvn"):
        if shutil.which(program) is None:
            raise ClusterUnavailableError(
                f"not installed: {program}; apt-get install maven openjdk-17-jdk-headless"
            )
    TARGET.mkdir(exist_ok=True)
    jars = TARGET / "classpath"
    with (TARGET / "lock").open("w") as lock:  # test processes may start clusters at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_current(jars):
            _run_maven()
    return os.pathsep.join([str(TARGET / "classes"), jars.read_text(encoding="utf-8").strip()])


def _is_current(jars: Path) -> bool:
    return (
        jars.exists()
        and all(jars.stat().st_mtime > source.stat().st_mtime for source in _SOURCES)
        and all(Path(jar).exists() for jar in jars.read_text(encoding="utf-8").split(os.pathsep))
    )


def _run_maven() -> None:
    build = subprocess.run(
        ["mvn", "--quiet", "--batch-mode", *_GOALS],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if build.returncode:
        raise ClusterUnavailableError(f"Maven could not build {FOLDER}:\n{build.stdout}")
