"""`python -m web`: what it needs, what it refuses, and how it ends."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import indexer.cli
import web.cli
from search.errors import ArchiveError
from web import create_app

ROOT = Path(__file__).parents[2]


def test_app_names_what_it_needs(monkeypatch, tmp_path):
    monkeypatch.delenv("ARSHIF_ARCHIVE", raising=False)
    with pytest.raises(ArchiveError, match="set ARSHIF_ARCHIVE"):
        create_app()
    monkeypatch.setenv("ARSHIF_ARCHIVE", str(tmp_path))
    with pytest.raises(ArchiveError, match=f"no archive at {tmp_path}"):
        create_app()
    with pytest.raises(ArchiveError, match="no archive at elsewhere"):
        create_app({"ARCHIVE": "elsewhere"})


def test_command_line_refuses_a_missing_archive(tmp_path, capsys):
    assert web.cli.main(["--archive", str(tmp_path / "none")]) == 1
    assert "no archive at" in capsys.readouterr().err


def test_command_line_refuses_a_taken_port(tmp_path, capsys):
    folder = tmp_path / "archive"
    dump = tmp_path / "dump.jsonl"
    dump.write_text(json.dumps({"title": "عنوان"}), encoding="utf-8")
    assert indexer.cli.main(["add", str(dump), "--archive", str(folder)]) == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert web.cli.main(["--archive", str(folder), "--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_command_line_serves_until_it_is_interrupted(tmp_path):
    folder, dump = tmp_path / "archive", tmp_path / "dump.jsonl"
    dump.write_text(json.dumps({"title": "عنوان"}), encoding="utf-8")
    assert indexer.cli.main(["add", str(dump), "--archive", str(folder)]) == 0
    command = [sys.executable, "-m", "web", "--archive", str(folder), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as served:
        announced = served.stderr.readline()
        url = announced.split(" at ")[1].strip()
        with urllib.request.urlopen(f"{url}api/search?q=a", timeout=10) as answer:
            assert answer.status == 200
        served.send_signal(signal.SIGINT)
        _, rest = served.communicate(timeout=10)
    assert served.returncode == 0
    assert "Traceback" not in rest
