"""Arabic typed with the keyboard on Latin, read by hand from the keys of a PC."""

import pytest

from search.language.keyboard import is_unreadable, readings


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hgsd,g", "السيول"),
        ("hgyh.", "الغاز"),
        ("hgyhx", "الغاز"),
        ("hgyhx", "الغاء"),
        ("hg]hv hgfdqhx", "الدار البيضاء"),
        ("Hsuhv", "أسعار"),  # shift and the key of alef: alef with hamza
        ("bf]", "لابد"),  # one key writes lam and alef
        ("hgsd;g", "السيول"),  # French letters: `;` lies where `,` does
        ("hgqdf", "الشيب"),  # and `q` where `a` does
    ],
)
def test_keys_say_the_word(typed, meant):
    assert meant in readings(typed)


def test_zay_is_likelier_than_hamza():
    assert readings("hgyhx")[:2] == ("الغاز", "الغاء")


@pytest.mark.parametrize("text", ["السيول", "a", "", "abc123", "neige été", "مختلط mixed"])
def test_other_text_has_no_reading(text):
    assert readings(text) == ()


def test_readings_are_few_however_many_keys_are_unsure():
    assert len(readings("x" * 50)) <= 8


@pytest.mark.parametrize(
    ("text", "is_none"),
    [("hgsd,g", True), ("sd,g ;vdf", True), ("neige", False), ("football", False), ("TGV", False)],
)
def test_latin_that_could_be_no_word(text, is_none):
    assert is_unreadable(text) is is_none
