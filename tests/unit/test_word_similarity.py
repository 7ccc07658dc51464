import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from search.encoders.piece_table import PieceTable
from search.encoders.word_tokenizer import WordTokenizer
from search.results.word_similarity import Reading, read_meaning

ROWS = {
    "?": [0, 0, 0],
    "neige": [5, 0, 0],
    "route": [0, 0, 5],
    "الثلج": [4, 3, 0],  # .8 from «neige»
    "ثلوج": [3, 4, 0],  # .6
    "في": [5, 0, 0],  # a stop word
    "البحر": [0, 5, 0],
    "الطريق": [0, 3, 4],  # .8 from «route»
}


@pytest.fixture
def reader():
    numbers = {word: number for number, word in enumerate(ROWS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    rows = np.array(list(ROWS.values()), dtype=np.int8)
    return PieceTable(rows, np.ones(len(rows), dtype=np.float32), WordTokenizer(tokenizer))


def read(reader, query, texts):
    return read_meaning(query, texts, reader.read_query(query), least=0.41)


def test_words_near_the_query_are_told_nearest_first_without_their_marks(reader):
    [reading] = read(reader, "neige", [["ثلوج في البحر، «الثلج»."]])
    assert list(reading.near.items()) == [("«الثلج».", (1, 6)), ("ثلوج", (0, 4))]


def test_what_matches_by_itself_is_not_near(reader):
    [reading] = read(reader, "neige", [["Neige neige"]])
    assert reading.near == {}


def test_a_stop_word_asks_for_nothing(reader):
    assert read(reader, "في", [["ثلوج"]]) == [Reading()]


def test_a_part_says_what_its_nearest_words_say(reader):
    # Half of «neige route» is the best of each part for «neige», half the best for «route».
    [reading] = read(reader, "neige route", [["البحر.", "ثلوج الثلج.", "الطريق الثلج!"]])
    assert reading.said == pytest.approx([0, 0.4, 0.8])


def test_each_text_has_its_own_words_and_parts(reader):
    texts = [["\n", "ثلوج"], [""], ["البحر.", "الثلج"]]
    first, empty, last = read(reader, "neige", texts)
    assert (list(first.near), list(empty.near), list(last.near)) == (["ثلوج"], [], ["الثلج"])
    assert first.said == pytest.approx([0, 0.6])
    assert not empty.said
    assert last.said == pytest.approx([0, 0.8])


def test_an_encoder_without_pieces_reads_nothing():
    texts = [["الثلج"], ["البحر"]]
    assert read_meaning("neige", texts, None, least=0.41) == [Reading(), Reading()]


@pytest.mark.parametrize(("least", "near"), [(0.5, ["الثلج", "ثلوج"]), (0.7, ["الثلج"]), (0.9, [])])
def test_words_are_near_from_a_cosine_on(reader, least, near):
    texts = [["ثلوج الثلج"]]
    [reading] = read_meaning("neige", texts, reader.read_query("neige"), least=least)
    assert list(reading.near) == near
