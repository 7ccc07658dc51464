"""Count the words of Arabic texts, and write the word lists that the analysis of words needs.

    python -m indexer.training.frequencies DATA FOLDER

DATA holds `news/` and `bodies/` of `.jsonl.gz` records. The counts of 38 million words would take
10 MB. `search.language.clitics` and `search.language.stemming` need only these lists, which are
written into FOLDER:

- `own_initials.tsv`: words that begin with letters of their own, not with a clitic. Either the rest
  of the word is much rarer than the word, or the word follows an article or a preposition, as a
  clitic never does.
- `short_nouns.tsv`: nouns of two letters, before which «ب» and «ل» are prepositions.
- `twins.tsv`: words in «ة» or «ى» whose twin in «ه» or «ي» is another word.
- `hamza.tsv`: words with a hamza on another seat than most writers put it on, and the usual form;
  also words of `alefs.tsv` that are written without madda, if that is not another word.
- `latin_words.tsv`: words of French alone, and of English alone, except names, from the sentences
  in `parallel/`.
- `common_latin.tsv`: French and English words that are mostly written in small letters there.
- `feminines.tsv`: words whose form with «ة» is a noun of its own («نقاب», «نقابة»).
"""

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from indexer.training.feminines import feminines
from indexer.training.latin_words import common_latin_words, latin_words
from search.encoders.loading import MODEL_DIRECTORY
from search.language.analysis import LATIN_WORDS, is_stop_word
from search.language.clitics import OWN_INITIALS, SHORT_NOUNS, without_first_clitic
from search.language.common_latin import COMMON_LATIN
from search.language.folding import fold, simplify
from search.language.spelling import HAMZA, HAMZA_SEATS, TWINS, words_by_alef
from search.language.stemming import FEMININES
from search.lexicon.entries import shipped_entries

_FIELDS = ("title", "abstract", "body", "text")
_ARABIC_WORD = re.compile("[\u0621-\u064a]+")

MIN_SEEN = 3
# Share of a word's occurrences that stand behind an article or a preposition: «وقال» .0001,
# «وفي» .004, «برشيد» .02, «ولي» .23.
MIN_OWN = 0.015
# If the rest is `FAR_COMMONER` times as common, chance and misprints reach a larger share («وبيت»
# .06, «بوسط» .02). A word of its own then must also follow the article: «لباب» does so 300 times
# less often than «باب».
FAR_COMMONER, MIN_OWN_IF_RARE, MIN_BEHIND_ARTICLE = 8, 0.08, 0.05
# «والموضوع»: a word behind a conjunction has its own article.
COMMONER_BEHIND_ARTICLE, MIN_OWN_ARTICLE = 3, 0.1
# «وأضاف»: another conjunction stands now and then before a word of its own in «و» or «ف», but never
# before a conjunction. Rare words, and rests that are hardly words, are not decided by this.
MIN_BEHIND_CONJUNCTION, MIN_TO_DECIDE, MAX_ARTICLES = 0.002, 100, 0.02
MIN_COUNT_OF_REST, MIN_OF_REST = 100, 0.02
# A rest that is rarer than this share of the whole word is not a word: «صل» in «وصل».
MIN_REST = 0.1
# The same share for a rest that is a stop word, which newspapers write often: «أنت» in «كانت».
MIN_REST_IF_STOP_WORD = 0.25
_BEFORE = {
    "و": ("ب", "ل", "ك"),
    "ف": ("ب", "ل", "ك"),
    "ب": ("ب", "ل", "ك"),
    "ل": ("ب", "ك"),
    "ك": ("ب", "ل", "ك"),
    "ا": (),
}
_ARTICLES = ("ال", "وال", "بال", "كال", "لل")

# Least count and share of nouns of two letters behind the article: «الفن», but not «التي».
_MIN_COUNT_OF_NOUNS, _MIN_OF_NOUNS = 50, 0.1

# A twin counts as a word from this number of occurrences, and from this share of the other word's.
_MIN_TWIN, _MIN_TWIN_SHARE, _OVERESTIMATE = 20, 0.02, 2

Counts = Mapping[str, int]


def count_words(files: Iterable[Path]) -> Counter[str]:
    """Count the Arabic words of the records in `files`, as written but without vowel marks."""
    counts: Counter[str] = Counter()
    for record in _records(files):
        text = "\n".join(str(record.get(field) or "") for field in _FIELDS)
        counts.update(_ARABIC_WORD.findall(simplify(text)))
    return counts


def _records(files: Iterable[Path]) -> Iterator[Mapping[str, str]]:
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def short_nouns(counts: Counts) -> list[str]:
    """Return the words of two letters that stand behind the article."""
    return [
        word
        for word, count in counts.items()
        if len(word) == 2
        and counts[f"ال{word}"] >= max(_MIN_COUNT_OF_NOUNS, _MIN_OF_NOUNS * count)
        and not (is_stop_word(word) or is_stop_word(f"ال{word}"))
        and not _begins_with_own_letter(f"ال{word}", counts, frozenset())
    ]


def own_initials(counts: Counts) -> list[str]:
    """Return the words whose first letters are not a clitic, with all words of the lexicons."""
    seen = [word for word, count in counts.items() if count >= MIN_SEEN]
    behind_article = [word[2:] for word in seen if word.startswith("ال") and len(word) > 4]
    in_lexicons, nouns = _words_of_lexicons(), frozenset(short_nouns(counts))
    return [
        word
        for word in dict.fromkeys([*seen, *behind_article, *in_lexicons])
        if word[0] in _BEFORE
        and (word in in_lexicons or _begins_with_own_letter(word, counts, nouns))
    ]


def _words_of_lexicons() -> frozenset[str]:
    """Return the entries of a single word that are not another entry with a clitic.

    «بشحال» is left out, because it is «شحال» with a clitic.
    """
    lexicon_words = set()
    for entry in shipped_entries():
        names = {simplify(name) for name in (*entry.arabic, *entry.aliases)}
        lexicon_words |= {
            name
            for name in names
            if " " not in name
            and (rest := without_first_clitic(name))
            and rest not in names
            and not name.startswith("ال")
        }
    return frozenset(lexicon_words)


def _begins_with_own_letter(word: str, counts: Counts, nouns: AbstractSet[str]) -> bool:
    rest = None if word.startswith("لل") else without_first_clitic(word, nouns)
    count = counts[word]
    before = sum(counts[article + word] for article in _ARTICLES)
    if rest is not None and is_stop_word(rest):
        # «وله» stands behind «ب» as a part of other words; «كانت» is far commoner than «أنت».
        is_far_commoner = word[0] not in "وف" and counts[rest] < MIN_REST_IF_STOP_WORD * count
        return is_far_commoner or before >= MIN_OWN * count
    # «بوعزة» is far commoner than «وعزة», so its «ب» is not a preposition.
    behind_particles = (counts[particle + word] for particle in _BEFORE[word[0]])
    before += sum(behind for behind in behind_particles if behind < count / 2)
    is_behind_clitics = before > 0 and before >= MIN_OWN * count
    if rest is not None and _is_particle(word, rest, before, counts):
        return False
    if rest is None:  # «لغة», which becomes «للغة»
        return word[0] == "ل" and len(word) == 3 and is_behind_clitics and before >= MIN_SEEN
    if word.startswith("ال"):
        with_hamza = sum(counts[letter + word[1:]] for letter in "أإآ")
        as_article = counts[rest] + counts["لل" + rest]
        return (is_behind_clitics and before >= MIN_SEEN) or with_hamza > as_article
    with_article = counts[word[1:]] if word[1:3] == "ال" else 0
    return is_behind_clitics or max(counts[rest], with_article) < MIN_REST * count


def _is_particle(word: str, rest: str, before: int, counts: Counts) -> bool:
    """Return whether the first letter is more likely a particle before a far commoner word."""
    count, behind_article = counts[word], counts[f"ال{word}"]
    if word.startswith("ال"):
        return False
    if word[0] in "وف":
        if _is_conjunction(word, rest, counts):
            return True
        if len(rest) < 3:
            return False
    if word[1:3] == "ال":
        noun = word[3:]
        commoner = counts[f"ال{noun}"] + counts[noun]
        is_own = behind_article >= MIN_OWN_ARTICLE * count
        return len(noun) >= 3 and commoner >= COMMONER_BEHIND_ARTICLE * count and not is_own
    rest_behind_article = counts[f"ال{rest}"]
    if counts[rest] + rest_behind_article < FAR_COMMONER * count:
        return False
    return (
        before < MIN_OWN_IF_RARE * count
        or behind_article < MIN_BEHIND_ARTICLE * rest_behind_article
    )


def _is_conjunction(word: str, rest: str, counts: Counts) -> bool:
    """Return whether the first letter of a frequent word must be a conjunction."""
    count = counts[word]
    behind_articles = sum(counts[article + word] for article in _ARTICLES)
    of_rest = counts[rest] + counts[f"ال{rest}"]
    return (
        count >= MIN_TO_DECIDE
        and counts[f"و{word}"] + counts[f"ف{word}"] < MIN_BEHIND_CONJUNCTION * count
        and behind_articles < MAX_ARTICLES * count
        and of_rest >= max(MIN_COUNT_OF_REST, MIN_OF_REST * count)
    )


def twins(counts: Counts) -> list[str]:
    """Return the words in «ة» or «ى», folded but for that letter, whose twin is another word.

    Many writers put «ه» for «ة» and «ى» for «ي». The share is estimated behind the article, where
    «ه» cannot be a pronoun.
    """
    seen: Counter[str] = Counter()
    for word, count in counts.items():
        if word[-1] in "ةهىي":
            seen[fold(word[:-1]) + word[-1]] += count
    return [
        word
        for word, count in seen.items()
        if word[-1] in "ةى" and len(word) > 2 and _has_twin(word, count, seen)
        # A word is looked up without its article.
        if not (len(word) > 4 and word.startswith("ال") and seen[word[2:]])
    ]


def _has_twin(word: str, count: int, seen: Counts) -> bool:
    twin = fold(word)
    twin_count = float(seen[twin])
    if word[-1] == "ة" and (behind := seen[f"ال{twin}"]) < seen[f"ال{word}"]:
        twin_count -= _OVERESTIMATE * count * behind / seen[f"ال{word}"]
    rarer, commoner = sorted((count, twin_count))
    return bool(rarer >= max(_MIN_TWIN, _MIN_TWIN_SHARE * commoner))


def hamza_seats(counts: Counts) -> list[tuple[str, str]]:
    """Return each word that has a hamza on an unusual seat, with its usual form."""
    forms: dict[str, list[str]] = defaultdict(list)
    for word, count in counts.items():
        # A word may begin behind a letter that may be a clitic: «لؤي» is not «لأي».
        prefix = 2 if word[0] in _BEFORE else 1
        if count >= MIN_SEEN and HAMZA_SEATS.intersection(word[prefix:]):
            rest = ("ء" if letter in HAMZA_SEATS else letter for letter in word[prefix:])
            skeleton = word[:prefix] + "".join(rest)
            forms[skeleton].append(word)
    pairs = []
    for words in forms.values():
        usual = max(words, key=lambda word: (counts[word], word))
        pairs += [(word, usual) for word in words if fold(word) != fold(usual)]
    return [*pairs, *_without_madda(counts)]


def _without_madda(counts: Counts) -> Iterator[tuple[str, str]]:
    """Yield the word without madda, «اخر», and the word that it then stands for, «آخر»."""
    for word in words_by_alef():
        bare, *others = (counts[word.replace("آ", alef)] for alef in "اأإ")
        if counts[word] > max(bare, sum(others)):
            yield word.replace("آ", "ا"), word


def _write(file: Path, header: str, lines: Iterable[str]) -> None:
    file.write_text("\n".join((header, *sorted(lines))) + "\n", encoding="utf-8")


def write_lists(
    counts: Counts, sentences: Sequence[Mapping[str, str]], table: Path, folder: Path
) -> None:
    """Write the lists into `folder`; `sentences` are records in two languages."""
    _write(folder / OWN_INITIALS, "word", own_initials(counts))
    _write(folder / SHORT_NOUNS, "word", short_nouns(counts))
    _write(folder / TWINS, "word", twins(counts))
    _write(folder / HAMZA, "word\tusual", ("\t".join(pair) for pair in hamza_seats(counts)))
    _write(folder / FEMININES, "word", feminines(counts, table))
    _write(folder / COMMON_LATIN, "word", common_latin_words(sentences))
    latin = latin_words(sentences).items()
    by_language = (f"{language}\t{' '.join(sorted(words))}" for language, words in latin)
    _write(folder / LATIN_WORDS, "language\twords", by_language)


def _training_files(data: Path) -> Iterator[Path]:
    for folder in ("news", "bodies"):
        yield from sorted((data / folder).glob("*.jsonl.gz"))


def main() -> None:
    data = Path(sys.argv[1])
    counts = count_words(_training_files(data))
    sentences = list(_records(sorted((data / "parallel").glob("*.jsonl.gz"))))
    write_lists(counts, sentences, MODEL_DIRECTORY, Path(sys.argv[2]))


if __name__ == "__main__":
    main()
