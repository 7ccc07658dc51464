"""Turns Arabic titles into French or English keyword queries, word by word, to train on.

Parallel text teaches whole sentences; readers type a few nouns. A bilingual word list gives those:
each Arabic word of a title becomes one of its translations, or, having none, the name it probably
is, in Latin letters. The result is no sentence, and need not be.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping

from indexer.training.arabizi import romanise
from search.language.analysis import fold, query_terms, term_of, words

LONGEST_TRANSLATION = 3  # words; a longer one is an explanation
MOST_TRANSLATIONS = 6  # of one term; a wordnet gives dozens to the commonest, most of them wrong


class Glossary:
    """Translations of single Arabic words for `fr` and `en`.

    Of the word as written, else of any with its term.
    """

    def __init__(self, records: Iterable[Mapping[str, str]]) -> None:
        self._translations: dict[str, dict[str, list[str]]] = {
            "fr": defaultdict(list),
            "en": defaultdict(list),
        }
        for record in records:
            if record["lang_a"] == "ar" and record["lang_b"] in self._translations:
                self._learn(record["a"], record["b"], record["lang_b"])

    def _learn(self, arabic: str, translation: str, language: str) -> None:
        if " " in arabic.strip() or len(translation.split()) > LONGEST_TRANSLATION:
            return
        cleaned = translation.replace("_", " ").strip()
        written = fold(arabic.strip())
        for key in {written, _without_article(written), f"~{term_of(arabic.strip())}"}:
            known = self._translations[language][key]
            if cleaned and cleaned not in known and len(known) < MOST_TRANSLATIONS:
                known.append(cleaned)

    def _lookup(self, word: str, term: str, language: str) -> list[str] | None:
        translations = self._translations[language]
        written = fold(word)
        keys = (written, _without_article(written), f"~{term}")
        return next((translations[key] for key in keys if key in translations), None)

    def gloss(self, title: str, language: str, rng: random.Random) -> str:
        """Give a keyword query in `language`.

        Empty when fewer than half of the title's words are known.
        """
        wanted = set(query_terms(title))
        glossed: list[str] = []
        found = 0
        asked = [word for word in words(title) if word.term in wanted]
        for word in asked:
            if known := self._lookup(title[word.start : word.end], word.term, language):
                glossed.append(rng.choice(known))
                found += 1
            elif word.term.isascii():
                glossed.append(word.term)
            elif rng.random() < 0.6:
                glossed.append(romanise(title[word.start : word.end], rng, with_digits=False))
        return " ".join(glossed) if found * 2 >= len(asked) else ""


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word
