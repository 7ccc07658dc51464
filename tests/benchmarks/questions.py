"""Some three hundred different queries, so that nothing that was asked before answers for another.

The judged ones of data/eval, and every pair of the words below.
"""

import json
from itertools import product
from pathlib import Path

_JUDGED = Path(__file__).parents[2] / "data" / "eval" / "queries.jsonl"
_WHAT = (
    "أسعار", "مشاريع", "حوادث", "مستقبل", "وزير", "نقص", "افتتاح", "أزمة", "تطوير", "تقرير عن",
    "لماذا تأخرت", "شكاوى من", "اتفاقية حول", "ارتفاع كلفة", "دراسة عن",
)  # fmt: skip
_OF_WHAT = (
    "النفط والغاز", "التعليم العام", "المرور في المدن", "كرة القدم", "المستشفيات الحكومية",
    "السياحة الداخلية", "المياه المحلاة", "الإسكان الميسر", "الأمطار والسيول", "السوق المالية",
    "الجامعات الأهلية", "المطارات الجديدة", "عمل المرأة", "الأمن الغذائي", "الطاقة الشمسية",
)  # fmt: skip


def questions() -> list[str]:
    lines = _JUDGED.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines] + [
        " ".join(pair) for pair in product(_WHAT, _OF_WHAT)
    ]
