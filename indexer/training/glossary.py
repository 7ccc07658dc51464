"""Turn Arabic titles into French or English keyword queries, word by word, for training.

Parallel text teaches whole sentences, but readers type a few nouns. A bilingual word list supplies
them: each Arabic word of a title is replaced by one of its translations. A word without a
translation is probably a name, and is written in Latin letters. The result is not a sentence.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping

from indexer.training.arabizi import romanise
from search.language.analysis import fold, query_terms, term_of, words

LONGEST_TRANSLATION = 3  # words; a longer translation is an explanation
MAX_TRANSLATIONS = 6  # per term; a wordnet has dozens for the commonest, most of them wrong


class Glossary:
    """Translations of single Arabic words for `fr` and `en`.

    A word is looked up as it is written, else by its term.
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
            translations = self._translations[language][key]
            if cleaned and cleaned not in translations and len(translations) < MAX_TRANSLATIONS:
                translations.append(cleaned)

    def _lookup(self, word: str, term: str, language: str) -> list[str] | None:
        translations = self._translations[language]
        written = fold(word)
        keys = (written, _without_article(written), f"~{term}")
        return next((translations[key] for key in keys if key in translations), None)

    def gloss(self, title: str, language: str, rng: random.Random) -> str:
        """Return a keyword query in `language`.

        The query is empty if fewer than half of the title's words have a translation.
        """
        terms = set(query_terms(title))
        glosses: list[str] = []
        translated = 0
        title_words = [word for word in words(title) if word.term in terms]
        for word in title_words:
            if translations := self._lookup(title[word.start : word.end], word.term, language):
                glosses.append(rng.choice(translations))
                translated += 1
            elif word.term.isascii():
                glosses.append(word.term)
            elif rng.random() < 0.6:
                glosses.append(romanise(title[word.start : word.end], rng, with_digits=False))
        return " ".join(glosses) if translated * 2 >= len(title_words) else ""


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > 4 else word
