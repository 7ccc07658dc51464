import pytest

from indexer.readers.cleaning import clean_body, clean_line


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ﻣﺪﺭﺳﺔ ﻻ", "مدرسة لا"),  # presentation forms B
        ("ﷲ ﭘاريس ﮔول", "الله پاريس گول"),  # presentation forms A
        ("كتبﹶ", "كتبَ"),  # a vowel mark's own form, which Unicode spells with a space
        ("cafe\u0301 آ".replace("آ", "ا\u0653"), "café آ"),  # NFC
        ("&quot;خبر&quot; &amp; رأي&nbsp;&#1593;", '"خبر" & رأي ع'),
        ("\u202bخبر\u202c\u2066x\u2069", "خبرx"),  # embeddings reach beyond a text cut off
        ("خ\u200bبر\u00ad\u2060 \ufeffيوم", "خبر يوم"),  # nothing to see
        ("كـــتاب می\u200cخواهم 5\u200f%", "كـــتاب می\u200cخواهم 5\u200f%"),  # seen, so kept
        ("a\x00b\x1b[0m\ud800c", "a b [0mc"),
        ("  كلمة\u00a0\u2003\tأخرى\n", "كلمة أخرى"),
        ("قالالوزير", "قالالوزير"),  # glued words are left alone
    ],
)
def test_a_line_is_repaired(written, stored):
    assert clean_line(written) == stored


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\n \n\t\n"])
def test_paragraphs_stay_apart_whatever_ends_them(ending):
    assert clean_body(f" أولى  هنا {ending} ثانية ") == "أولى هنا\nثانية"
