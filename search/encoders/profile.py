"""The constants tuned to the scores of one encoder, which are stored with its weights."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from search.errors import EncoderError

PROFILE = "profile.json"
# Constants that depend on the scores of all encoders of an archive together.
_FUSING = (
    "weight_if_words_strong",
    "weight_if_words_silent",
    "silent_words",
    "settling_words",
    "weight_beside_table",
    "answered",
    "answered_by_cosine",
    "answered_by_context",
    "answered_by_interaction",
    "answered_by_strength",
    "answered_by_length",
    "answered_by_passages",
    "nothing_below",
    "doubted_below",
)

# Constants that older profiles have in place of the log-odds; they are ignored.
_FORMER = ("chance", "chance_per_log_passages", "nothing_below_chance", "doubt_above_chance")
_RENAMED = {"answered_by_reading": "answered_by_interaction"}


@dataclass(frozen=True, slots=True)
class EncoderProfile:
    """The constants that depend on an encoder's scores; cosines are -1 to 1.

    The defaults were fitted to the shipped table, and apply to an encoder without a profile.
    """

    # The semantic side's share of the mix where the words settle a query, and where they hardly
    # match. Both were chosen on half of 24 kinds of queries; the other half gained as much.
    weight_if_words_strong: float = 0.3
    weight_if_words_silent: float = 0.87
    # The strength of the best passage by words, 0 to 1, up to which words hardly match, and from
    # which on they settle the query. In an archive of two languages, some passage always matches a
    # little: with .1 instead of .15, passages of the wrong language hid answers.
    silent_words: float = 0.15
    settling_words: float = 0.5
    # The share of a contextual encoder's scores where passages also have those of the table.
    # With .5 for arshif-small, 170 readers' queries of BBC and CNN lost .011.
    weight_beside_table: float = 0.65
    # The cosine from which on two words are near: translations reach it, most words that only occur
    # together do not. It was chosen by eye over the judged queries.
    related_word: float = 0.41
    # The cosine below which documents are similar in style, not in subject.
    nearest_document: float = 0.35
    # The log-odds that two texts without common names report the same event: the intercept, and the
    # weight of the cosine of their mean vectors (`search.ranking.agreement`).
    event: float = -10.2
    event_by_cosine: float = 11.4
    # The log-odds that a query is answered: the intercept, and the weight of each sign
    # (`search.ranking.confidence`). They were fitted on half of 416 judged queries and 600 queries
    # without an answer, over archives of 1,000, 23,000 and 89,000 passages.
    answered: float = -10.748
    answered_by_cosine: float = 6.884
    answered_by_context: float = 0.0
    answered_by_interaction: float = 15.064
    answered_by_strength: float = 3.331
    answered_by_length: float = 4.535
    answered_by_passages: float = -0.617
    # The log-odds below which nothing is shown, and below which an answer is in doubt. On the other
    # half, 9 % of the judged queries are in doubt, and no answer is hidden.
    nothing_below: float = -2.692
    doubted_below: float = -0.385
    # A rare word splits into syllables and affixes, a made-up word into single letters.
    letters_a_piece: float = 2.1

    def odds(self, features: Sequence[float]) -> float:
        """Return the log-odds of an answer, from `ConfidenceFeatures.numbers`."""
        weights = (
            self.answered_by_cosine,
            self.answered_by_context,
            self.answered_by_interaction,
            self.answered_by_strength,
            self.answered_by_length,
            self.answered_by_passages,
        )
        return self.answered + sum(
            w * feature for w, feature in zip(weights, features, strict=True)
        )

    def interpolate(self, other: "EncoderProfile", share: float) -> "EncoderProfile":
        """Return the profile with the fusion constants moved towards `other` by `share`, 0 to 1."""
        ours, theirs = asdict(self), asdict(other)
        moved = {name: ours[name] + share * (theirs[name] - ours[name]) for name in _FUSING}
        return replace(self, **moved)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"


def read_profile(folder: Path) -> EncoderProfile:
    """Read the profile in a model's folder, or return the default if the folder has none.

    Raises:
        EncoderError: the file holds no profile.
    """
    path = folder / PROFILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return EncoderProfile()
    try:
        numbers = {
            _RENAMED.get(name, name): float(value) for name, value in json.loads(text).items()
        }
        return EncoderProfile(**{n: x for n, x in numbers.items() if n not in _FORMER})
    except (ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is not an encoder profile: {error}") from error
