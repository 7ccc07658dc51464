import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from search.encoders.identity import PieceLists
from search.encoders.piece_table import PieceTable
from search.encoders.word_tokenizer import WordTokenizer

NUMBERS = {"سد": 1, "ماء": 2, "كرة": 3, "جسر": 4}


@pytest.fixture
def table():
    tokenizer = Tokenizer(models.WordLevel({"?": 0, **NUMBERS}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    rows = np.array([[0, 0], [1, 0], [3, 4], [0, 1], [5, -12]], dtype=np.int8)
    weights = np.array([1, 2, 1, 1, 1], dtype=np.float32)
    return PieceTable(rows, weights, WordTokenizer(tokenizer))


def pieces_of(*texts):
    lists = [np.array([NUMBERS[word] for word in text.split()], np.uint32) for text in texts]
    return PieceLists.joined(lists)


def test_each_piece_of_a_query_scores_its_best_cosine_weighted_by_its_squared_length(table):
    # The weights of «سد» and «كرة» are 4 and 1. Their cosines with «جسر» are 5/13 and -12/13, and
    # with one another 0. A cosine counts up to .55.
    shares = table.prepare_query("سد كرة").score_pieces(pieces_of("جسر", "كرة جسر"))
    expected = [[0.8 * 5 / 13, 0.2 * -12 / 13], [0.8 * 5 / 13, 0.2 * 0.55]]
    assert shares.tolist() == [pytest.approx(row) for row in expected]


def test_the_same_piece_scores_no_more_than_a_good_translation(table):
    # The cosine of «كرة» with «ماء» is 4/5, with itself 1: both count as .55.
    shares = table.prepare_query("كرة").score_pieces(pieces_of("ماء", "كرة"))
    assert shares.tolist() == [[pytest.approx(0.55)]] * 2


def test_a_text_or_a_query_without_words_scores_zero(table):
    shares = table.prepare_query("سد").score_pieces(pieces_of("", "سد"))
    assert shares.tolist() == [[0.0], [pytest.approx(0.55)]]
    assert table.prepare_query(" ").score_pieces(pieces_of("سد")).tolist() == [[]]
    assert table.prepare_query("سد").score_pieces(pieces_of()).tolist() == []


def test_words_are_compared_as_sums_of_their_pieces(table):
    # «سد.ماء» is (2, 0) + (3, 4), divided by the length of two rows at right angles: √(4 + 25).
    query = table.prepare_query("سد كرة")
    cosines, weights = query.score_words(["سد", "كرة"], ["سد", "كرة", "سد.ماء", "."])
    expected = [[1, 0], [0, 1], [5 / 29**0.5, 4 / 29**0.5], [0, 0]]
    assert cosines.tolist() == [pytest.approx(row) for row in expected]
    assert weights.tolist() == [4, 1]


def test_a_word_in_an_unknown_script_has_no_meaning(table):
    cosines, weights = table.prepare_query("猫").score_words(["猫"], ["猫", "سد"])
    assert (cosines.tolist(), weights.tolist()) == ([[0], [0]], [pytest.approx(0)])
    assert [table.knows(word) for word in ("سد", "猫", "")] == [True, False, False]


def test_pieces_of_a_word_are_counted(table):
    assert [table.count_pieces(word) for word in ("سد", "سد.ماء")] == [1, 3]


def test_the_vector_of_a_text_is_the_direction_of_the_sum_of_its_pieces(table):
    # Twice «سد» (2, 0) and once «ماء» (3, 4) are (7, 4).
    vectors = table.pool(table.counter.count(["سد ماء سد", ""]))
    assert vectors.tolist() == [pytest.approx([7 / 65**0.5, 4 / 65**0.5]), [0, 0]]
