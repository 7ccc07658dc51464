"""Write the nearest words of a static table: `translations.tsv` and `synonyms.tsv`.

    python -m indexer.training.thesaurus MODEL FOLDER

MODEL is a directory of a static table; both files are written into FOLDER. Each piece that is a
whole word is compared with all words of the other script, or of its own. Written synonyms
replace those of the table: `press_synonyms.tsv` in FOLDER has a word, a tab and its
synonyms a line, the best first. An output file has a line for each term, ascending: the term, a
tab, and the nearest terms with their cosines in hundredths (`search.lexicon.thesaurus` reads it).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from search.encoders.identity import Vectors
from search.encoders.static import read_table
from search.language.analysis import STEM_MARK, fold, is_stop_word, stem_of, term_of
from search.lexicon.thesaurus import SYNONYMS, TRANSLATIONS

# Under this cosine, the nearest word is any word that goes together with the other. With .5, XQuAD
# en-ar among English MLQA had .008 less.
MIN_OF_TRANSLATIONS = 0.4
TRANSLATED = 3  # terms for each
# Most of the nearest words in the same language only go together, so each must be among the other's
# nearest. Five synonyms per term gained no more than two; with .6, most of the gain was gone.
MIN_OF_SYNONYMS = 0.5
MUTUAL_AMONG, LISTED = 5, 2
# Cosines, in hundredths, at which written synonyms are listed, the best first; and how much lower
# the word is listed under its synonym, which is often the commoner or the broader of the two. With
# the synonyms of the table beside the written ones, paraphrases in two archives lost .018 and .002.
WRITTEN = "press_synonyms.tsv"
CLOSENESS, CLOSENESS_BACK = (80, 76, 72, 68), 6
_COMPARED = 16  # nearest words per word: several words have the same term
_AT_ONCE = 2000
_ARABIC, _LATIN = re.compile("[\u0621-\u064a]{3,}"), re.compile("[a-z]{3,}")

Words = tuple[list[str], Vectors]
NearTerms = dict[str, list[tuple[str, int]]]


def write_thesaurus(model: Path, folder: Path) -> None:
    """Write both files, made of the table in `model`, into `folder`.

    Raises:
        EncoderError: `model` has no table.
    """
    arabic, latin = _whole_words(model, _ARABIC), _whole_words(model, _LATIN)
    translations = {
        **_nearest(arabic, latin, MIN_OF_TRANSLATIONS, TRANSLATED),
        **_nearest(latin, arabic, MIN_OF_TRANSLATIONS, TRANSLATED),
    }
    _write(folder / TRANSLATIONS, translations)
    near = _nearest(arabic, arabic, MIN_OF_SYNONYMS, MUTUAL_AMONG)
    of_table = {term: _mutual(term, near)[:LISTED] for term in near}
    _write(folder / SYNONYMS, of_table | read_written(folder / WRITTEN))


def read_written(file: Path) -> NearTerms:
    """Return the synonyms of each term in a written file, in both directions, at most four each.

    A word without synonyms has none, whatever the table says. A word is passed over if its stem is
    not its beginning, because it then shares the stem with another word: «لحد», «حد».
    """
    near: dict[str, dict[str, float]] = defaultdict(dict)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for line in lines:
        word, _, listed = line.partition("\t")
        if not (term := _stem_at_the_beginning(word)):
            continue
        near[term] |= {}
        synonyms = filter(None, map(_stem_at_the_beginning, listed.split()))
        for synonym, hundredths in zip(synonyms, CLOSENESS, strict=False):
            if synonym != term:
                near[term][synonym] = max(hundredths, near[term].get(synonym, 0))
                back = hundredths - CLOSENESS_BACK
                near[synonym][term] = max(back, near[synonym].get(term, 0))
    return {
        term: [(synonym, int(value)) for synonym, value in _by_value(synonyms)][: len(CLOSENESS)]
        for term, synonyms in near.items()
    }


def _stem_at_the_beginning(word: str) -> str:
    stem = stem_of(term_of(word)).removesuffix(STEM_MARK)
    return stem if fold(word).removeprefix("ال").startswith(stem) else ""


def _by_value(values: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))


def _whole_words(model: Path, script: re.Pattern[str]) -> Words:
    """Return the terms of the pieces that are words, and their unit vectors."""
    table, _, tokenizer = read_table(model)
    vocabulary = tokenizer.get_vocab()
    words = [word for word in vocabulary if script.fullmatch(word) and not is_stop_word(word)]
    rows = table[[vocabulary[word] for word in words]].astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return [stem_of(word).removesuffix(STEM_MARK) for word in words], rows


def _nearest(words: Words, others: Words, least: float, most: int) -> NearTerms:
    """Return the nearest other terms of each term, nearest first, with cosines in hundredths."""
    cosines_by_term: dict[str, dict[str, float]] = defaultdict(dict)
    count = min(_COMPARED, len(others[0]))
    for start in range(0, len(words[0]) if count else 0, _AT_ONCE):
        cosines = words[1][start : start + _AT_ONCE] @ others[1].T
        best = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        for term, row, places in zip(words[0][start:], cosines, best, strict=False):
            for place in places[row[places] >= least].tolist():
                near, cosine = others[0][place], float(row[place])
                if near != term:
                    former = cosines_by_term[term].get(near, 0.0)
                    cosines_by_term[term][near] = max(cosine, former)
    return {term: _ordered(near)[:most] for term, near in cosines_by_term.items()}


def _ordered(near: dict[str, float]) -> list[tuple[str, int]]:
    hundredths = [(term, round(100 * cosine)) for term, cosine in near.items()]
    return sorted(hundredths, key=lambda pair: (-pair[1], pair[0]))


def _mutual(term: str, near: NearTerms) -> list[tuple[str, int]]:
    return [pair for pair in near[term] if any(other == term for other, _ in near.get(pair[0], ()))]


def _write(file: Path, near_terms: NearTerms) -> None:
    lines = (
        f"{term}\t" + " ".join(f"{near}:{cosine}" for near, cosine in near_terms[term]) + "\n"
        for term in sorted(near_terms)
        if near_terms[term]
    )
    file.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    write_thesaurus(Path(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
