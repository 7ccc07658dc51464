"""What is tuned to the scores of one encoder, in one record that is stored beside its weights."""

import json
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
    "chance",
    "chance_per_log_passages",
    "nothing_below_chance",
    "doubt_above_chance",
)


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
    # What nonsense finds by chance: the best cosine, doubled, and the best reading together, and
    # how it grows with the logarithm of the passages. Measured on archives of 250 to 16,000.
    chance: float = 0.365
    chance_per_log_passages: float = 0.065
    # So far below chance is nothing: this hides none of the French and English queries made from
    # what the shipped table was trained on, and 4 % of the Latin-script Moroccan ones.
    nothing_below_chance: float = 0.1
    # Up to so far above chance is in doubt: of the nonsense 91 % is then hidden or in doubt, of the
    # judged queries 20 %; at 0 these are 80 and 7 %.
    doubt_above_chance: float = 0.1
    # A rare word falls into syllables and affixes, a made-up word into single letters.
    letters_a_piece: float = 2.1

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
        return EncoderProfile(**{name: float(value) for name, value in json.loads(text).items()})
    except (ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is no encoder profile: {error}") from error
