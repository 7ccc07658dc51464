"""Arabic typed on a keyboard that was left on Latin; the keys are those of a PC."""

from search.language.keyboard import is_key_run, is_mash, is_unreadable, keyboard_readings


def test_latin_letters_are_read_as_the_arabic_letters_of_their_keys():
    typed = [
        ("hgsd,g", "السيول"),
        ("hgyh.", "الغاز"),
        ("hgyhx", "الغاز"),
        ("hgyhx", "الغاء"),
        ("hg]hv hgfdqhx", "الدار البيضاء"),
        ("Hsuhv", "أسعار"),  # alef with hamza is on the shifted key of alef
        ("bf]", "لابد"),  # one key writes lam and alef
        ("hgsd;g", "السيول"),  # on a French keyboard `;` is on the key of `,`
        ("hgqdf", "الشيب"),  # and `q` on the key of `a`
    ]
    assert [(keys, word) for keys, word in typed if word not in keyboard_readings(keys)] == []


def test_readings_are_few_and_the_likeliest_comes_first():
    assert keyboard_readings("hgyhx")[:2] == ("الغاز", "الغاء")  # `x` is more often ز than ء
    assert len(keyboard_readings("x" * 50)) <= 8


def test_text_that_is_not_latin_keys_has_no_reading():
    for text in ("السيول", "a", "", "abc123", "neige été", "مختلط mixed"):
        assert keyboard_readings(text) == (), text


def test_only_latin_letters_that_form_no_word_are_unreadable():
    expected = {
        "hgsd,g": True,
        "sd,g ;vdf": True,
        "fhsl": True,  # «باسم», of four letters
        "neige": False,
        "football": False,
        "TGV": False,
    }
    assert {text: is_unreadable(text) for text in expected} == expected


def test_a_hand_on_the_keys_is_told_from_words_and_from_slips():
    runs = "asdf qwerty lkjhg zxcv شسيبل ضصثق كمنت لاتنم منتال ههههه".split()
    mash = ["sdkfjhw", "cbzzz", "ةىلا", "ؤرزط", "طءئب"]
    words = "الاتصالات البلاد السيول ثقافةي شىء مدرسة neige straße rhythm CNSS".split()
    slips = ["الزعفارن", "السيوول", "القنيطرا"]
    assert [text for text in runs if not is_key_run(text)] == []
    assert [text for text in mash if not is_mash(text) or is_key_run(text)] == []
    assert [text for text in words[:-1] + slips if is_mash(text)] == []
