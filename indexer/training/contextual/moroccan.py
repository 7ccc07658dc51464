"""Write a headline as a Moroccan reader would type it, with the commonest words exchanged.

«لماذا ارتفعت أسعار الخضر في رمضان الآن» -> «علاش ارتفعت أسعار الخضر ف رمضان دابا». Grammar and the
verbs' forms remain those of the press; real Moroccan Arabic comes from the titles of goud.ma.
"""

import random
from collections import defaultdict
from functools import cache

from search.language.analysis import fold, term_of, words
from search.lexicon.entries import EntryKind, shipped_entries

_EXCHANGED = {
    "في": "ف", "إلى": "ل", "هذا": "هاد", "هذه": "هاد", "هؤلاء": "هادو",
    "ذلك": "هاداك", "الآن": "دابا", "كيف": "كيفاش", "لماذا": "علاش", "ماذا": "شنو",
    "أين": "فين", "متى": "فوقاش", "ليس": "ماشي", "الذي": "اللي", "التي": "اللي",
    "الذين": "اللي", "بسبب": "على قبل", "أيضا": "حتى", "كثير": "بزاف", "كثيرا": "بزاف",
    "فقط": "غير", "أمس": "البارح", "يريد": "باغي", "تريد": "باغية", "جدا": "بزاف",
    "حاليا": "دابا", "عن": "على", "كم": "شحال", "هناك": "كاين", "يوجد": "كاين",
    "جيد": "مزيان", "امرأة": "مرا", "النساء": "العيالات", "الأطفال": "الدراري",
}  # fmt: skip
_OPENINGS = ("شنو", "علاش", "كيفاش", "شكون", "فين", "واش", "شنو طرا ف", "شنو وقع ل", "خبار")


def write_moroccan(text: str, rng: random.Random) -> str:
    """Exchange words for Moroccan words; return an empty text if fewer than two are exchanged."""
    exchanged = 0
    written: list[str] = []
    place = 0
    for word in words(text):
        spelled = text[word.start : word.end]
        choices = _by_word().get(fold(spelled)) or _by_term().get(word.term)
        if choices:
            written += [text[place : word.start], rng.choice(choices)]
            exchanged += choices != (spelled,)
            place = word.end
    if exchanged < 2:
        return ""
    query = "".join((*written, text[place:]))
    return f"{rng.choice(_OPENINGS)} {query}" if rng.random() < 0.5 else query


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    return {fold(press): (moroccan,) for press, moroccan in _EXCHANGED.items()}


@cache
def _by_term() -> dict[str, tuple[str, ...]]:
    """Return the lexicon's Moroccan words by the term of the word that the press writes."""
    choices: dict[str, list[str]] = defaultdict(list)
    for entry in shipped_entries():
        if entry.kind is EntryKind.DARIJA:
            for press in entry.arabic:
                choices[term_of(press)] += entry.aliases
    return {term: tuple(aliases) for term, aliases in choices.items()}
