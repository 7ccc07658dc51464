from indexer.readers.cleaning import clean_body, clean_line


def test_a_line_is_repaired():
    expected = {
        "ﻣﺪﺭﺳﺔ ﻻ": "مدرسة لا",  # presentation forms B
        "ﷲ ﭘاريس ﮔول": "الله پاريس گول",  # presentation forms A
        "كتبﹶ": "كتبَ",  # the isolated form of a vowel mark, which decomposes to space and mark
        "cafe\u0301 ا\u0653": "café آ",  # NFC
        "&quot;خبر&quot; &amp; رأي&nbsp;&#1593;": '"خبر" & رأي ع',
        "\u202bخبر\u202c\u2066x\u2069": "خبرx",  # cut off, an embedding affects the text after it
        "خ\u200bبر\u00ad\u2060 \ufeffيوم": "خبر يوم",  # invisible characters
        "كـــتاب می\u200cخواهم 5\u200f%": "كـــتاب می\u200cخواهم 5\u200f%",  # a reader sees these
        "a\x00b\x1b[0m\ud800c": "a b [0mc",
        "  كلمة\u00a0\u2003\tأخرى\n": "كلمة أخرى",
        "قالالوزير": "قالالوزير",  # joined words stay joined
    }
    assert {text: clean_line(text) for text in expected} == expected


def test_paragraphs_stay_apart_at_every_kind_of_line_end():
    for end in ("\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\n \n\t\n"):
        assert clean_body(f" أولى  هنا {end} ثانية ") == "أولى هنا\nثانية", repr(end)
