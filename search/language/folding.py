"""Fold letters, so that the spellings of a word become equal, letter by letter. Pure."""

import re
import unicodedata

# Combining marks and invisible characters (tatweel, zero-width and direction signs) are not \\w:
# without them «كَتَبَ» falls into three pieces.
MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
INVISIBLE = "\u00ad\u0640\u061c\u0674\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_DROPPED = re.findall(f"[{MARKS}{INVISIBLE}]", "".join(map(chr, range(0x10000))))

# Unicode decomposition leaves these apart: look-alikes, letters of Persian, Urdu and the Maghreb
# for sounds that Arabic lacks, both digit sets.
_FOREIGN = {
    **dict.fromkeys("یېےۍێۓ", "ي"),
    **dict.fromkeys("ەہھۀۂ", "ه"),
    **dict.fromkeys("ۃ", "ة"),
    **dict.fromkeys("کڪگڭݣ", "ك"),
    **dict.fromkeys("ٱٲٳ", "ا"),
    **dict.fromkeys("ۆۇۋ", "و"),
    **dict.fromkeys("ڤڥڢ", "ف"),
    **dict.fromkeys("ڨڧ", "ق"),
    **{"پ": "ب", "چ": "ج", "ژ": "ز", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ں": "ن"},
    **{"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ı": "i"},
    **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
}
_SIMPLER = str.maketrans({**dict.fromkeys(_DROPPED), **_FOREIGN})
_FOLDED = str.maketrans({**dict.fromkeys(_DROPPED), **_FOREIGN, "ى": "ي", "ة": "ه", "ۃ": "ه"})


def fold(text: str) -> str:
    """Unify spelling variants: «أَخْبَارُ» -> «اخبار», «Été ٢٠٢٠» -> «ete 2020».

    Hamza seats, alef forms, vowel marks and accents are removed with the combining marks of NFKD.
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_FOLDED)


def simplify(text: str) -> str:
    """Drop vowel marks and replace look-alike letters: «كتـابِ» -> «كتاب».

    Unlike `fold`, this keeps the letters that distinguish Arabic words: hamzas, «ة» and «ى».
    """
    return unicodedata.normalize("NFKC", text).translate(_SIMPLER)


def fold_simplified(word: str) -> str:
    """Fold an Arabic word that is simplified already, in a quarter of the time of `fold`."""
    return word.translate(_REST_OF_FOLDING)


def fold_but_alefs(word: str) -> str:
    """Fold an Arabic word that is simplified already, but keep «آ» and «أ»."""
    return word.translate(_FOLDING_BUT_ALEFS)


_FOLDING_BUT_ALEFS = str.maketrans("إؤئىة", "اوييه")
_REST_OF_FOLDING = _FOLDING_BUT_ALEFS | str.maketrans("أآ", "اا")
