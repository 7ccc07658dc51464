import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from search.encoders.piece_table import PieceTable
from search.encoders.word_tokenizer import WordTokenizer
from search.results.word_similarity import TextSimilarity, measure_similarity

ROWS = {
    "?": [0, 0, 0],
    "neige": [5, 0, 0],
    "route": [0, 0, 5],
    "الثلج": [4, 3, 0],  # cosine .8 with «neige»
    "ثلوج": [3, 4, 0],  # .6
    "في": [5, 0, 0],  # a stop word
    "البحر": [0, 5, 0],
    "الطريق": [0, 3, 4],  # .8 with «route»
}


@pytest.fixture
def table():
    numbers = {word: number for number, word in enumerate(ROWS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    rows = np.array(list(ROWS.values()), dtype=np.int8)
    return PieceTable(rows, np.ones(len(rows), dtype=np.float32), WordTokenizer(tokenizer))


def read(table, query, texts, least=0.41):
    return measure_similarity(query, texts, table.prepare_query(query), least=least)


def test_words_near_the_query_are_listed_nearest_first_without_punctuation(table):
    [reading] = read(table, "neige", [["ثلوج في البحر، «الثلج»."]])
    assert list(reading.near.items()) == [("«الثلج».", (1, 6)), ("ثلوج", (0, 4))]


def test_a_matching_word_is_not_listed_as_near(table):
    [reading] = read(table, "neige", [["Neige neige"]])
    assert reading.near == {}


def test_a_query_of_stop_words_is_near_to_nothing(table):
    assert read(table, "في", [["ثلوج"]]) == [TextSimilarity()]


def test_the_score_of_a_part_is_the_mean_of_its_best_cosine_for_each_query_word(table):
    # One half is the best cosine of the part for «neige», the other the best one for «route».
    [reading] = read(table, "neige route", [["البحر.", "ثلوج الثلج.", "الطريق الثلج!"]])
    assert reading.part_scores == pytest.approx([0, 0.4, 0.8])


def test_each_text_has_its_own_near_words_and_scores(table):
    texts = [["\n", "ثلوج"], [""], ["البحر.", "الثلج"]]
    first, empty, last = read(table, "neige", texts)
    assert (list(first.near), list(empty.near), list(last.near)) == (["ثلوج"], [], ["الثلج"])
    assert first.part_scores == pytest.approx([0, 0.6])
    assert not empty.part_scores
    assert last.part_scores == pytest.approx([0, 0.8])


def test_readings_are_empty_where_the_encoder_has_no_pieces():
    texts = [["الثلج"], ["البحر"]]
    assert measure_similarity("neige", texts, None, least=0.41) == [
        TextSimilarity(),
        TextSimilarity(),
    ]


def test_words_are_near_from_the_least_cosine_on(table):
    for least, near in ((0.5, ["الثلج", "ثلوج"]), (0.7, ["الثلج"]), (0.9, [])):
        [reading] = read(table, "neige", [["ثلوج الثلج"]], least)
        assert list(reading.near) == near, least
