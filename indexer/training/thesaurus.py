"""Writes which words mean the same, as an encoder has it: `translations.tsv` and `synonyms.tsv`.

    python -m indexer.training.thesaurus MODEL FOLDER

MODEL is a directory of a static table; the two are written into FOLDER. Of the pieces that are
whole words, each is held against all of the other script, or of its own. A file has a line for each
term, ascending: a tab, and the nearest terms with their cosines in hundredths
(`search.lexicon.thesaurus` reads it).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from search.encoders.identity import Vectors
from search.encoders.static import read_table
from search.language.analysis import STEM_MARK, is_stop_word, stem_of
from search.lexicon.thesaurus import SYNONYMS, TRANSLATIONS

# Under it the nearest word is any that goes together with the other. From .5 on, XQuAD en-ar among
# English MLQA had .008 less.
LEAST_OF_TRANSLATIONS = 0.4
TRANSLATED = 3  # terms for each
# Of the nearest in the same language most only go together: each must be one of the other's
# nearest. Five for each gained no more than two; from .6 on most of the gain was gone.
LEAST_OF_SYNONYMS = 0.5
MUTUAL_AMONG, LISTED = 5, 2
_LOOKED_AT = 16  # words for each: several have one term
_AT_ONCE = 2000
_ARABIC, _LATIN = re.compile("[\u0621-\u064a]{3,}"), re.compile("[a-z]{3,}")

Words = tuple[list[str], Vectors]
Found = dict[str, list[tuple[str, int]]]


def write_thesaurus(model: Path, folder: Path) -> None:
    """Write both files, made of the table in `model`, into `folder`.

    Raises:
        EncoderError: there is none.
    """
    arabic, latin = _whole_words(model, _ARABIC), _whole_words(model, _LATIN)
    translations = {
        **_nearest(arabic, latin, LEAST_OF_TRANSLATIONS, TRANSLATED),
        **_nearest(latin, arabic, LEAST_OF_TRANSLATIONS, TRANSLATED),
    }
    _write(folder / TRANSLATIONS, translations)
    near = _nearest(arabic, arabic, LEAST_OF_SYNONYMS, MUTUAL_AMONG)
    _write(folder / SYNONYMS, {term: _mutual(term, near)[:LISTED] for term in near})


def _whole_words(model: Path, script: re.Pattern[str]) -> Words:
    """Give the terms of the pieces that are words, and their directions."""
    table, _, tokenizer = read_table(model)
    vocabulary = tokenizer.get_vocab()
    written = [one for one in vocabulary if script.fullmatch(one) and not is_stop_word(one)]
    rows = table[[vocabulary[one] for one in written]].astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return [stem_of(one).removesuffix(STEM_MARK) for one in written], rows


def _nearest(asked: Words, others: Words, least: float, most: int) -> Found:
    """Give for each term the nearest other ones and their cosines in hundredths, nearest first."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    looked_at = min(_LOOKED_AT, len(others[0]))
    for start in range(0, len(asked[0]) if looked_at else 0, _AT_ONCE):
        cosines = asked[1][start : start + _AT_ONCE] @ others[1].T
        best = np.argpartition(-cosines, looked_at - 1, axis=1)[:, :looked_at]
        for term, row, places in zip(asked[0][start:], cosines, best, strict=False):
            for place in places[row[places] >= least].tolist():
                near, cosine = others[0][place], float(row[place])
                if near != term:
                    found[term][near] = max(cosine, found[term].get(near, 0.0))
    return {term: _ordered(near)[:most] for term, near in found.items()}


def _ordered(near: dict[str, float]) -> list[tuple[str, int]]:
    hundredths = [(term, round(100 * cosine)) for term, cosine in near.items()]
    return sorted(hundredths, key=lambda one: (-one[1], one[0]))


def _mutual(term: str, near: Found) -> list[tuple[str, int]]:
    return [one for one in near[term] if any(other == term for other, _ in near.get(one[0], ()))]


def _write(file: Path, found: Found) -> None:
    lines = (
        f"{term}\t" + " ".join(f"{near}:{cosine}" for near, cosine in found[term]) + "\n"
        for term in sorted(found)
        if found[term]
    )
    file.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    write_thesaurus(Path(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
