"""Commands where the terminal cannot write Arabic: none fails, and JSON stays JSON."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import write_jsonl

ENVIRONMENTS = {
    "ascii output": {"PYTHONIOENCODING": "ascii"},
    "C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin-1 output": {"PYTHONIOENCODING": "latin-1"},
}
# Run the commands between `;` as `python -m` does, but in one process, and print for each a line of
# JSON: its exit status, its output and its messages, whose bytes are written as Latin-1.
RUN_COMMANDS = """
import io, json, runpy, sys

commands = [[]]
for word in sys.argv[1:]:
    commands.append([]) if word == ";" else commands[-1].append(word)
terminal = sys.stdout
for command in commands:
    streams = [io.TextIOWrapper(io.BytesIO(), terminal.encoding) for _ in range(2)]
    (sys.stdout, sys.stderr), sys.argv = streams, command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code
    for stream in streams:
        stream.flush()
    outputs = [stream.buffer.getvalue().decode("latin-1") for stream in streams]
    print(json.dumps([status, *outputs]), file=terminal)
"""


def run(environment, commands):
    """Return exit status, output and messages of each command, both as bytes in a string."""
    words = [word for command in commands for word in (*command, ";")][:-1]
    done = subprocess.run(
        [sys.executable, "-c", RUN_COMMANDS, *words],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_every_command_works_whatever_the_terminal_can_write(tmp_path):
    record = {"title": "سد الوحدة يفيض", "body": "فاض سد الوحدة بعد المطر 😀.", "source": "السهل é"}
    dump = write_jsonl(tmp_path / "dump.jsonl", [record])
    for name, environment in ENVIRONMENTS.items():
        archive = str(tmp_path / name)
        *done, (_, found, _), missing = run(
            environment,
            [
                ["indexer", "add", str(dump), "--archive", archive, "--json"],
                ["indexer", "status", "--archive", archive],
                ["indexer", "check", "--archive", archive, "--json"],
                ["search", "سد الوحدة", "--archive", archive],
                ["search", "--help"],
                ["search", "الوحدة", "--archive", archive, "--json"],
                ["search", "سد", "--archive", str(tmp_path / "لا شيء")],
            ],
        )
        assert [status for status, _, _ in done] == [0] * 5, (name, done)
        json.loads(done[0][1])
        json.loads(done[2][1])
        answer = json.loads(found)
        assert answer["query"] == "الوحدة", name
        [hit] = answer["hits"]
        assert (hit["title"], hit["source"]) == (record["title"], record["source"]), name
        assert missing[0] == 1, name
        assert "Traceback" not in missing[2], name
