"""What is tuned to the scores of one encoder, in one record that is stored beside its weights."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from search.errors import EncoderError

PROFILE = "profile.json"
# The numbers that belong to the scores of all encoders of an archive together.
_FUSING = (
    "weight_if_words_strong",
    "weight_if_words_silent",
    "silent_words",
    "settling_words",
    "answered",
    "answered_by_cosine",
    "answered_by_reading",
    "answered_by_strength",
    "answered_by_length",
    "answered_by_passages",
    "nothing_below",
    "doubted_below",
)

# Numbers that a profile had before, in place of the log-odds.
_FORMER = ("chance", "chance_per_log_passages", "nothing_below_chance", "doubt_above_chance")


@dataclass(frozen=True, slots=True)
class EncoderProfile:
    """The constants that depend on an encoder's scores; cosines are -1 to 1.

    The defaults were fitted to the shipped table and serve an encoder that brings no profile.
    """

    # The semantic side's share of the mix where the words settle a query, and where they hardly
    # match. Chosen on half of 24 kinds of queries; the other half gained as much.
    weight_if_words_strong: float = 0.3
    weight_if_words_silent: float = 0.87
    # How well the best passage holds the query's words, 0 to 1, up to where they hardly match and
    # from where they settle it. In an archive of two languages something matches a little of every
    # query: while the table trusted words from .1 on, passages of the wrong language hid answers.
    silent_words: float = 0.15
    settling_words: float = 0.5
    # A cosine from which on words of two languages that mean the same are near, and most words that
    # only go together are not: chosen by eye over the judged queries.
    related_word: float = 0.41
    # A cosine below which similar documents share a tone, not a subject.
    nearest_document: float = 0.35
    # The log-odds that a query is answered: without any sign, and by each sign that there is
    # (`search.ranking.confidence`). Fitted on half of 416 judged queries and 600 without an answer,
    # over archives of 1,000, 23,000 and 89,000 passages.
    answered: float = -10.748
    answered_by_cosine: float = 6.884
    answered_by_reading: float = 15.064
    answered_by_strength: float = 3.331
    answered_by_length: float = 4.535
    answered_by_passages: float = -0.617
    # The log-odds below which nothing is shown, and below which an answer is in doubt: of the other
    # half this doubts 9 % of the judged queries and hides none.
    nothing_below: float = -2.692
    doubted_below: float = -0.385
    # A rare word falls into syllables and affixes, a made-up word into single letters.
    letters_a_piece: float = 2.1

    def odds(self, signs: Sequence[float]) -> float:
        """Return the log-odds of an answer by cosine, reading, strength, length and passages."""
        weights = (
            self.answered_by_cosine,
            self.answered_by_reading,
            self.answered_by_strength,
            self.answered_by_length,
            self.answered_by_passages,
        )
        return self.answered + sum(w * sign for w, sign in zip(weights, signs, strict=True))

    def towards(self, other: "EncoderProfile", share: float) -> "EncoderProfile":
        """Return the profile so far on the way to another, 0 to 1, in what fuses and judges."""
        ours, theirs = asdict(self), asdict(other)
        moved = {name: ours[name] + share * (theirs[name] - ours[name]) for name in _FUSING}
        return replace(self, **moved)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def read_profile(folder: Path) -> EncoderProfile:
    """Read the profile in a model's folder; the default where there is none.

    Raises:
        EncoderError: the file holds no profile.
    """
    path = folder / PROFILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return EncoderProfile()
    try:
        numbers = {name: float(value) for name, value in json.loads(text).items()}
        return EncoderProfile(**{n: x for n, x in numbers.items() if n not in _FORMER})
    except (ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is no encoder profile: {error}") from error
