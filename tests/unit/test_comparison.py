"""Two texts compared word by word."""

import random

from search.results.comparison import MAX_WORDS, compare_texts

LETTERS = "بتثجحخدذرزسشصضطظعغ"


def written(text, words, shared):
    """Return the words of a text outside the shared runs, each run of them as it is written."""
    borders = [0, *(place for run in shared for place in run), len(words)]
    pairs = zip(borders[::2], borders[1::2], strict=True)
    return [text[words[a].start : words[b - 1].end] for a, b in pairs if a < b]


def differences(first, second):
    compared = compare_texts(first, second)
    of_first = [(block.first, block.first + block.size) for block in compared.blocks]
    of_second = [(block.second, block.second + block.size) for block in compared.blocks]
    return (
        written(first, compared.first_words, of_first),
        written(second, compared.second_words, of_second),
    )


def test_what_is_left_out_and_what_is_added():
    cases = (
        ("", "", [], []),
        ("وقع الحادث أمس", "", ["وقع الحادث أمس"], []),
        ("وقع الحادث أمس", "وقع الحادث أمس", [], []),
        ("وقع الحادث أمس قرب السد", "وقع الحادث قرب السد", ["أمس"], []),
        ("وقع حادث قرب السد", "وقع حادث خطير قرب السد الجديد", [], ["خطير", "الجديد"]),
        ("حجزت المصالح 18 علبة", "ضبطت المصالح 20 علبة", ["حجزت", "18"], ["ضبطت", "20"]),
        # A clitic is a difference, although search overlooks it.
        ("سافر بالقطار", "سافر القطار", ["بالقطار"], ["القطار"]),
        # Vowel marks, tatweel, variants of a letter, digits and punctuation are none.
        ("أعلنَ المكتـب «إجراءً» بـ١٢٬٥٠٠ درهم.", "اعلن المكتب، اجراء ب12.500 درهم", [], []),
        ("L’Été à Fès, 3 morts", "l'ete a FES : 3 morts", [], []),
        # The longest run in the same order stays; what was moved counts twice.
        ("اب جد هو زح طي كل من", "هو زح طي كل من اب جد", ["اب جد"], ["اب جد"]),
    )
    for first, second, left_out, added in cases:
        assert differences(first, second) == (left_out, added), (first, second)


def test_the_counts_of_a_comparison():
    compared = compare_texts(
        "واحد اثنان ثلاثة أربعة خمسة ستة", "اثنان ثلاثة سبعة خمسة ستة تسعة ألف"
    )
    assert (compared.shared, compared.longest) == (4, 2)
    assert (compared.left_out, compared.added) == (2, 3)


def test_the_shared_runs_of_random_edits_are_equal_and_ascend():
    chance = random.Random(5)
    for _ in range(50):
        first = [chance.choice(LETTERS) + chance.choice(LETTERS) for _ in range(300)]
        second = [word for word in first if chance.random() > 0.1]
        second[100:120] = reversed(second[100:120])
        compared = compare_texts(" ".join(first), " ".join(second))
        assert compared.is_fine
        i = j = 0
        for block in compared.blocks:
            assert block.first >= i
            assert block.second >= j
            assert (block.first, block.second) != (i, j) or i == 0  # no run continues another
            i, j = block.first + block.size, block.second + block.size
            assert first[block.first : i] == second[block.second : j]
        assert compared.shared > 200


def test_hostile_texts_are_compared_coarsely():
    chance = random.Random(5)
    length = MAX_WORDS // 2
    repeated = [
        " ".join(f"نفس {chance.choice(others)}" for _ in range(length)) for others in ("ب", "ت")
    ]
    compared = compare_texts(*repeated)  # difflib alone takes hours
    assert not compared.is_fine
    assert compared.shared < 100
    long = "كلمة " * (MAX_WORDS + 1)
    compared = compare_texts(long, long)
    assert not compared.is_complete
    assert compared.is_fine
    assert compared.shared == MAX_WORDS
