"""Writes which words of Arabic, and of French and English, mean the same, as an encoder has it.

    python -m indexer.training.translations search/model search/model/translations.tsv

MODEL is a directory of a static table. Of the pieces that are whole words, each is held against all
of the other script. The file has a line for each term, ascending: a tab, and the nearest terms with
their cosines in hundredths (`search.translation` reads it).
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from search.encoders.identity import Vectors
from search.encoders.static import read_table
from search.text import is_stop_word, term_of

# Under it the nearest word is any that goes together with the other. From .5 on, XQuAD en-ar among
# English MLQA had .008 less.
LEAST = 0.4
MOST = 3  # terms for each
_LOOKED_AT = 8  # words for each: several have one term
_AT_ONCE = 2000
_ARABIC, _LATIN = re.compile("[\u0621-\u064a]{3,}"), re.compile("[a-z]{3,}")

Words = tuple[list[str], Vectors]
Found = dict[str, dict[str, float]]


def find_translations(model: Path) -> Found:
    """Give for each term the terms of the other script that are near it, and their cosines.

    Raises:
        EncoderError: there is no table in `model`.
    """
    table, _, tokenizer = read_table(model)
    vocabulary = tokenizer.get_vocab()

    def whole(script: re.Pattern[str]) -> Words:
        written = [one for one in vocabulary if script.fullmatch(one) and not is_stop_word(one)]
        rows = table[[vocabulary[one] for one in written]].astype(np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return [term_of(one) for one in written], rows

    arabic, latin = whole(_ARABIC), whole(_LATIN)
    return _nearest(arabic, latin) | _nearest(latin, arabic)


def _nearest(asked: Words, others: Words) -> Found:
    found: Found = defaultdict(dict)
    looked_at = min(_LOOKED_AT, len(others[0]))
    for start in range(0, len(asked[0]) if looked_at else 0, _AT_ONCE):
        cosines = asked[1][start : start + _AT_ONCE] @ others[1].T
        best = np.argpartition(-cosines, looked_at - 1, axis=1)[:, :looked_at]
        for term, row, places in zip(asked[0][start:], cosines, best, strict=False):
            for place in places[row[places] >= LEAST].tolist():
                near, cosine = others[0][place], float(row[place])
                found[term][near] = max(cosine, found[term].get(near, 0.0))
    return dict(found)


def table_lines(found: Found) -> Iterable[str]:
    """Give the lines of the file."""
    for term in sorted(found):
        hundredths = ((round(100 * cosine), near) for near, cosine in found[term].items())
        nearest = sorted(hundredths, key=lambda one: (-one[0], one[1]))[:MOST]
        yield f"{term}\t" + " ".join(f"{near}:{cosine}" for cosine, near in nearest)


def main() -> None:
    model, file = map(Path, sys.argv[1:])
    lines = table_lines(find_translations(model))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
