import time

import pytest

from indexer.readers.markup import text_of


def test_text_that_only_looks_like_markup_is_kept():
    sound = [
        *("س < ص و ص > ع", "AT&T, R&D, P&G", "أحبكم <3", "a<b and c>d", "a <b and c> d"),
        *("?a=1&copy=2&lang=ar", "<محمد>", "1 < 2 && 3 > 2", "سطر\nسطر ثان"),
        *("[صورة] نص [وكالات] [ا.ف.ب]", "[AFP] [sic] [1] [+] [ex-ministre] [VIDEO]", "a[type=b]"),
        *("[email protected]", "قال [الوزير] إنه", "[x]"),
    ]
    assert [text_of(text) for text in sound] == sound


def test_html_and_shortcodes_become_lines_of_text():
    expected = {
        '<div class="a"><p style="x:y"><strong>طنجة:</strong> نص</p></div>': ["طنجة: نص"],
        "<P>أولى<BR/>ثانية</P>\n<p>ثالثة</p>": ["أولى", "ثانية", "ثالثة"],
        "أولى<script>var a = '<p>لا</p>';</script><style>p{}</style> بعدها": ["أولى بعدها"],
        "نص<!-- <p>لا</p> --> آخر": ["نص آخر"],
        "نص<script>لا ينتهي": ["نص"],
        "&lt;p&gt;أولى&lt;/p&gt;": ["أولى"],
        "&amp;lt;p&amp;gt;أولى &amp;amp; ثانية&amp;lt;/p&amp;gt;": ["أولى & ثانية"],
        "<![CDATA[<p>نص</p>]]>": ["نص"],
        "<a title=\"x > y\" href='z'>رابط</a>": ["رابط"],
        "<p>سطر\nمقسوم</p>": ["سطر مقسوم"],
        "<b>أولى</b>\n\nثانية": ["أولى", "ثانية"],
        "<p>س < ص و 3<4</p>": ["س < ص و 3<4"],
        '[caption id="a_1" width="3"]<img src="x.jpg" /> الوزير[/caption]نص': ["الوزير", "نص"],
        "[caption id=&quot;a&quot;]الوزير[/caption] نص": ["الوزير", "نص"],
        "[gallery ids=1,2] نص [gallery]": ["نص"],
        'نص [embed width="1"]https://v.example/1[/embed]': ["نص"],
        "[audio]استمع[/audio] [playlist ids='1']": ["استمع"],
        '[vc_row][vc_column width="1/1"]نص[/vc_column][/vc_row] [post_ad]': ["نص"],
        '[contact-form-7 id="4" title="راسلنا"] نص': ["نص"],
        "نص [b]مهم[/b] [url=https://e.example]هنا[/url]": ["نص مهم هنا"],
        'نص <a href="x': ["نص"],
        '<a href="https://e.example/1 نص كله': ["نص كله"],
        '<a href="x Le ministre a dit': ["Le ministre a dit"],
        '<a href="x نص <b>مهم</b>': ["نص مهم"],
        '<img src="a.jpg"\nalt="صورة"\nنص': ["نص"],
        'نص <img class="a b" src="x" alt="': ["نص"],
        'نص <p style="text-align: ri': ["نص"],
        "نص</a": ["نص"],
        "نص <br": ["نص"],
        "x&nbsp;y &quot;z&quot; &#8220;q&#8221;": ['x\xa0y "z" “q”'],
    }
    lines = {
        markup: [line.strip(" ") for line in text_of(markup).split("\n") if line.strip(" ")]
        for markup in expected
    }
    assert lines == expected


@pytest.mark.slow
def test_hostile_markup_takes_time_that_grows_with_its_length():
    units = ("<p a='", "<!--", "<script>", "<p ", "&", "<", '="', "<![CDATA[", "--><!--")
    units += ("[", "[a b=", "[/", "[video]", "<p a=1 ", '<p style="a')
    for text in (*(unit * 100_000 for unit in units), "<p " + "a=1 " * 100_000 + ">"):
        started = time.process_time()
        text_of(text)
        assert time.process_time() - started < 3, text[:10]
