"""Complete a query while it is typed, by the completions of the newest state of an archive.

A beginning in Latin letters is completed by Arabic words that it may spell, too. Spelling is not
corrected.
"""

import logging
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest

from search.errors import ArchiveError
from search.index.live import LiveArchive
from search.language.analysis import fold
from search.language.keyboard import is_key_run, is_unreadable, keyboard_readings
from search.language.transliteration import find_beginnings
from search.query.completions import Completions, fold_words
from search.query.throttling import Throttle

logger = logging.getLogger(__name__)

_SHORTEST_FOR_TITLES = 3  # letters; below that a title is a lucky guess
# A last word in Latin letters that may spell an Arabic one, with its article.
_LATIN_WORD = re.compile(r"(?:\b[ae]l[ -])?[a-z0-9\u00c0-\u017f]{3,15}\Z", re.IGNORECASE)


class CompletionOrigin(StrEnum):
    """Where a completion comes from."""

    SOURCE = "source"
    PHRASE = "phrase"
    TITLE = "title"
    KEYBOARD = "keyboard"  # the same keys on an Arabic keyboard


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    origin: CompletionOrigin


# Completions of each origin in one answer.
_SHARES = {CompletionOrigin.SOURCE: 2, CompletionOrigin.PHRASE: 4, CompletionOrigin.TITLE: 4}


class Completer:
    """Complete queries over one archive, from many threads.

    The completions are read again after each commit, which takes half a second for 30,000 titles;
    meanwhile a reader gets those of the previous commit.
    """

    def __init__(self, live: LiveArchive) -> None:
        self._live = live
        self._completions: Completions | None = None
        self._reading = threading.Lock()
        self._throttle = Throttle()  # of the first reading

    def warm(self) -> None:
        """Read the completions before a reader needs them, with pauses until a reader waits."""
        with self._reading:
            try:
                self._completions = self._completions or self._read(self._throttle)
            except ArchiveError as error:
                logger.warning("completions could not be read: %s", error)

    def completions(self) -> Completions:
        """Return the last commit's completions, or an earlier commit's until they are read."""
        completions = self.cached()
        if completions is None:
            self._throttle.stop_pausing()
            with self._reading:
                completions = self._completions = self._completions or self._read(self._throttle)
        return completions

    def cached(self) -> Completions | None:
        """Return the completions read last, None before the first, and start to read newer ones."""
        completions = self._completions
        mark = None if completions is None else completions.mark
        if mark != self._live.current().mark and self._reading.acquire(blocking=False):
            throttle = self._throttle if completions is None else Throttle()
            threading.Thread(
                target=self._read_anew, args=(throttle,), name="arshif-completions", daemon=True
            ).start()
        return completions

    def _read(self, throttle: Throttle) -> Completions:
        return Completions.read(self._live.current().index, throttle)

    def _read_anew(self, throttle: Throttle) -> None:
        try:
            self._completions = self._read(throttle)
        except ArchiveError as error:
            logger.warning("completions are still those of an earlier commit: %s", error)
        finally:
            self._reading.release()

    def complete(self, text: str) -> list[Completion]:
        """Return the best completions of each origin for the text typed so far."""
        completions = self.completions()
        prefix = _prefix(text)
        if not prefix.strip():
            return []
        readings = self.known_keyboard_readings(text)
        head, beginnings = ("", ()) if readings else _spell_last_word(text, completions)
        phrases = self._phrases(completions, text, prefix)
        spelled = _spelled(completions, head, beginnings)
        prefixes = [prefix]
        if beginnings and not head:
            prefixes += [*map(fold_words, phrases[:1]), *beginnings]  # of a name first: «قطر»
        if completions.count_title_words(prefix):  # the archive has words in these Latin letters
            spelled = spelled[: _SHARES[CompletionOrigin.PHRASE] - len(phrases)]
        options = _of(CompletionOrigin.KEYBOARD, readings)
        options += _of(CompletionOrigin.PHRASE, [*phrases, *spelled])
        options += _of(CompletionOrigin.SOURCE, _sources(completions, prefixes))
        if len(prefix) >= _SHORTEST_FOR_TITLES:
            options += _of(CompletionOrigin.TITLE, self._titles(completions, prefixes))
        # A newspaper filters, and so it is offered beside the same word.
        typed = fold_words(text), False
        unique: dict[tuple[str, bool], Completion] = {}
        for option in options:
            key = fold_words(option.text), option.origin is CompletionOrigin.SOURCE
            unique.setdefault(key, option)
        return [option for key, option in unique.items() if key != typed]

    def known_keyboard_readings(self, text: str) -> list[str]:
        """Return the Arabic readings of Latin keys: at most two, the likeliest first.

        There are none unless the archive does not know the Latin words, none of them is a name
        («CNSS»), and the archive knows the Arabic words or the Latin cannot be a word. There are
        none before the first completions were read: a page of results does not wait for them, and
        none for a hand on the keys: `asdf`.
        """
        if all(map(is_key_run, text.split())):
            return []
        arabic = (
            ()
            if self._live.current().index.gazetteer.find_names(text).others
            else keyboard_readings(text)
        )
        completions = self.cached() if arabic else None
        if completions is None:
            return []
        if any(completions.count_title_words(word) for word in fold(text).split()):
            return []
        counts = {
            reading: min(map(completions.count_title_words, fold_words(reading).split()), default=0)
            for reading in arabic
        }
        known_readings = sorted(filter(counts.get, arabic), key=lambda reading: -counts[reading])
        if known_readings or not is_unreadable(text):
            return known_readings[:2]
        return list(arabic[:2])

    def _phrases(self, completions: Completions, text: str, prefix: str) -> list[str]:
        phrases = completions.phrases_from(prefix, _SHARES[CompletionOrigin.PHRASE])
        head, _, tail = text.rpartition(" ")
        if phrases or not head or not tail:
            return phrases
        # No phrase begins with the whole text: complete its last word.
        return [
            f"{head} {phrase}"
            for phrase in completions.phrases_from(_prefix(tail), _SHARES[CompletionOrigin.PHRASE])
        ]

    def _titles(self, completions: Completions, prefixes: Sequence[str]) -> list[str]:
        """Return the latest titles with a word that begins with the first prefix that any has."""
        share = _SHARES[CompletionOrigin.TITLE]
        for prefix in prefixes:
            doc_ids = completions.titles_from(prefix, share * 4)
            documents = self._live.current().index.documents(doc_ids)
            titles = [document.title for document in documents.values()]
            # A prefix longer than a key is compared here in full.
            matching = [title for title in titles if f" {prefix}" in f" {fold_words(title)} "]
            if matching:
                return list(dict.fromkeys(matching))[:share]
        return []


def _sources(completions: Completions, prefixes: Iterable[str]) -> list[str]:
    """Return the newspapers that the first prefix begins, then those of the other prefixes."""
    share = _SHARES[CompletionOrigin.SOURCE]
    names = chain.from_iterable(completions.sources_from(prefix, share) for prefix in prefixes)
    return list(dict.fromkeys(names))[:share]


def _spell_last_word(text: str, completions: Completions) -> tuple[str, tuple[str, ...]]:
    """Return what stands before a last word in Latin letters, and the beginnings it may spell.

    Beginnings that are whole words come first.
    """
    last = _LATIN_WORD.search(text)
    if last is None or last[0].isdigit():
        return "", ()
    word = re.sub("[^a-z0-9]", "", fold(last[0]))
    beginnings = [candidate.term for candidate in find_beginnings(word, completions.count_words)]
    beginnings.sort(key=lambda beginning: completions.phrase(beginning) is None)
    return text[: last.start()], tuple(beginnings)


def _spelled(completions: Completions, head: str, beginnings: Sequence[str]) -> list[str]:
    """Return phrases behind `head`: first whole words, then in turns those of each beginning."""
    share = _SHARES[CompletionOrigin.PHRASE]
    turns = zip_longest(*(completions.phrases_from(beginning, share) for beginning in beginnings))
    phrases = chain(map(completions.phrase, beginnings), *turns)
    return [head + phrase for phrase in dict.fromkeys(filter(None, phrases))][:share]


def _of(origin: CompletionOrigin, texts: Iterable[str]) -> list[Completion]:
    return [Completion(text, origin) for text in texts]


def _prefix(text: str) -> str:
    """Fold the typed text; a space at its end marks the last word as complete."""
    folded = fold_words(text)
    return f"{folded} " if folded and text[-1:].isspace() else folded
