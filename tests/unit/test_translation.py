from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from indexer.training.export import export_model
from indexer.training.translations import main
from search.text import term_of
from search.translation import TABLE, translations_of

ROWS = {
    "مدرسة": (1, 0),
    "المدرسة": (4, 0),  # the same term, nearer to none
    "school": (3, 1),
    "ecole": (1, 1),
    "كتاب": (0, 1),
    "the": (0, 9),  # a stop word
    "##book": (0, 1),  # no whole word
    "of": (0, 1),
}


@pytest.fixture
def model(tmp_path) -> Path:
    pieces = {"[UNK]": 0, **{word: number for number, word in enumerate(ROWS, 1)}}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    export_model(np.array([(0, 0), *ROWS.values()], dtype=np.float32), tokenizer, tmp_path)
    return tmp_path


def test_words_of_two_scripts_that_lie_near_translate_each_other(model, monkeypatch):
    file = model / "translations.tsv"
    monkeypatch.setattr("sys.argv", ["translations", str(model), str(file)])
    main()
    assert file.read_text(encoding="utf-8").splitlines() == [
        "ecole\tكتاب:71 مدرس:71",
        "school\tمدرس:95",
        "كتاب\tecole:71",
        "مدرس\tschool:95 ecole:71",
    ]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("élections", "انتخاب"),
        ("drought", "جفاف"),
        ("محكمة", "tribunal"),
        ("وزير", "minister"),
        ("النفط", "oil"),
    ],
)
def test_the_shipped_table_translates(word, expected):
    assert expected in [found.term for found in translations_of(term_of(word))]


def test_what_is_not_in_the_table_has_no_translation():
    assert translations_of("zzz") == translations_of("") == translations_of("electio") == []


def test_every_line_of_the_shipped_table_is_found_by_its_term():
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines)
    for line in lines[::500]:
        term, listed = line.split("\t")
        found = translations_of(term)
        assert [f"{one.term}:{one.cosine * 100:.0f}" for one in found] == listed.split()
