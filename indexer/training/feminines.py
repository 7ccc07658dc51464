"""List nouns in «ة» that are not feminine forms, by counts and by the vectors of an encoder.

`indexer.training.frequencies` writes the list.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from search.encoders.static import read_table
from search.language.folding import fold

_MIN_FEMININES = 50
# Cosine of a word and its form with «ة»: «عام» .14, «مكتب» .31, «رئيس» .38, «كبير» .55.
_MAX_ALIKE, _MAX_ALIKE_IF_COMMONER, _FAR_COMMONER = 0.33, 0.45, 8
_MIN_OF_BOTH = 200
# In this pattern the word without «ة» is another noun: «نقابة», «وزارة», «كتابة».
_OF_PATTERN = re.compile("[^او].ا[^اي]")


def feminines(counts: Mapping[str, int], table: Path) -> list[str]:
    """Return the folded words that become another noun with «ة»; `table` is a static encoder's."""
    vectors, _, tokenizer = read_table(table)
    vocabulary = tokenizer.get_vocab()

    def are_alike(word: str, least: float) -> bool:
        rows = [vocabulary.get(fold(form), -1) for form in (word, f"{word}ه")]
        if -1 in rows:
            return True
        pair = vectors[rows].astype(np.float32)
        lengths = np.linalg.norm(pair, axis=1)
        return bool(pair[0] @ pair[1] >= least * lengths[0] * lengths[1])

    terms = set()
    for word, count in counts.items():
        feminine = counts[f"{word}ة"]
        if len(word) < 3 or feminine < _MIN_FEMININES:
            continue
        is_common = min(count, feminine) >= _MIN_OF_BOTH and feminine > counts[f"{word}ه"]
        # «جامعة» is ten times as common as «جامع», «كبيرة» no commoner than «كبير»
        is_far_commoner = feminine >= _FAR_COMMONER * max(count, 1)
        if (
            _OF_PATTERN.fullmatch(word)
            or (is_common and not are_alike(word, _MAX_ALIKE))
            or (is_far_commoner and not are_alike(word, _MAX_ALIKE_IF_COMMONER))
        ):
            terms.add(fold(word))
    return sorted(terms)
