"""Which documents belong to the story of a seed, by signs made by hand."""

from types import SimpleNamespace

import numpy as np

from search.encoders.profile import EncoderProfile
from search.index.candidates import NO_DAY
from search.ranking.agreement import Signs, grow_story

ENCODER = SimpleNamespace(profile=EncoderProfile(event=-10.0, event_by_cosine=12.0), context=None)


def story_of_first(angles, days):
    """Return the places of the story of the first document; vectors are angles in degrees."""
    radians = np.radians(angles)
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    signs = Signs(vectors, None, np.array(days, np.int32), None)
    return np.flatnonzero(grow_story(signs, 0, ENCODER, threshold=0.0)).tolist()


def test_a_story_does_not_drift_away_from_its_seed():
    """Without names, the log-odds are 12 cos - 4 - .3 a day.

    A report is at most 70 degrees from the mean of the story, and 85 from the seed.
    """
    for last, story in ((80, [0, 1, 2, 3]), (100, [0, 1, 2])):
        assert story_of_first([0, 40, 60, last], [9, 9, 9, 9]) == story, last
    # A week later a report of the story must be nearer to the seed; an undated one need not.
    assert story_of_first([0, 40, 60, 80], [9, 9, 12, 16]) == [0, 1, 2]
    assert story_of_first([0, 10, 20, 30], [9, 9, 9, NO_DAY]) == [0, 1, 2, 3]
