"""Reduce HTML in the fields of records to text, and leave sound text with «<» and «&» as it is.

Only tags that HTML knows count, so «س < ص», «<3» and «AT&T» stay. Tags are read by a scanner of one
pass: lxml takes time that grows with the square of a tag's attributes, and drops «< ص» as a tag.
Shortcodes of WordPress and BBCode are dropped too: names in square brackets with attributes or an
end of their own («[b]…[/b]»), or known to stand alone. «[صورة]», «[AFP]» and «[1]» stay.
"""

import html
import re

_MAX_ESCAPES = 3  # times over that markup may be escaped: «&amp;amp;lt;p&amp;amp;gt;»

# Only the entities of old systems may lack the semicolon; «?a=1&copy=2» is an address
_ENTITY = re.compile(
    r"&(?:#\d{1,7};?|#[xX][\da-fA-F]{1,6};?|\w{2,31};|(?:nbsp|quot|amp|lt|gt)\b(?!=))"
)

_BLOCKS = (
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html li main marquee nav ol option p pre "
    "section table tbody td tfoot th thead title tr ul"
)
_DROPPED = (
    "script style noscript iframe template svg math object select textarea button head audio video"
)
_INLINE = (
    "a abbr acronym b basefont bdi bdo big blink cite code col colgroup data del dfn em embed font "
    "i img input ins kbd label link mark meta nobr param q s samp small source span strike strong "
    "sub summary sup time tt u var wbr o:p amp-img"
)
_IS_BLOCK = frozenset(_BLOCKS.split())
_IS_DROPPED = frozenset(_DROPPED.split())
_NAMES = "|".join(sorted(f"{_BLOCKS} {_DROPPED} {_INLINE}".split(), key=len, reverse=True))
# A tag has attributes with values, or none: «<b and c>» is a comparison
_TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>{_NAMES})(?:\s*/?>|\s[^<>=]*+=(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+>)"
    r"|<!--(?P<comment>)|<!\[CDATA\[|\]\]>|<!doctype\b[^<>]*+>|<\?xml\b[^<>]*+>",
    re.I,
)
# A tag whose end is missing: an open value ends at the first blank, so that no text behind it is
# lost; at the end of a text, style and class are cut off as well
_OPEN_TAG = re.compile(
    rf"<(?:{_NAMES})(?:\s+(?:(?:class|style)=[\"'][\w\s:;#.,%-]*+\Z|[\w:-]+="
    r"(?:\"[^\"<>]*+\"|'[^'<>]*+'|[\"']?[^\s\"'<>]*+)))++(?!\s*/?>)"
    rf"|</(?:{_NAMES})(?=\s|\Z)|<(?:br|p|img|div|span)\s*\Z",
    re.I | re.A,
)
_SHORTCODE = re.compile(
    r"\[(?P<end>/)?(?P<name>[a-z][\w-]{0,40})(?P<attributes>\s++[\w-]+\s*=[^\[\]]*+)?"
    r"(?P<value>=[^\[\]]*+|\s++https?://[^\[\]]*+)?\s*/?\]",
    re.I | re.A,
)
_ALONE = frozenset(("gallery", "playlist", "caption", "embed"))
# The content of these shortcodes is an address
_EMBEDDED = re.compile(
    r"\[(embed|audio|video|playlist|youtube|vimeo|img)\b[^\[\]]*+\][!-Z^-~]*+\[/\1\]", re.I
)
_IS_INLINE = frozenset((*_INLINE.split(), "url", "color", "size"))
_PARAGRAPH = re.compile(r"<(?:p|br|div|li|td)\b", re.I)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def unescape(text: str) -> str:
    """Replace entities by their characters; «&» in a name or an address is no entity."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def unescape_fully(text: str) -> str:
    """Replace entities that are escaped several times over: «&amp;nbsp;»."""
    for _ in range(_MAX_ESCAPES):
        text = unescape(text)
    return text


def text_of(text: str) -> str:
    """Return the text of a field that may hold HTML, each block on a line of its own."""
    for _ in range(_MAX_ESCAPES + 1):
        before = text
        if "<" in text:
            if _TAG.search(text):
                text = _without_tags(text)
            text = _OPEN_TAG.sub("", text)
        text = unescape(text)
        if "[" in text:
            text = _without_shortcodes(text)
        if text == before:
            break
    return text


def _without_shortcodes(text: str) -> str:
    """Drop the shortcodes, and with those that embed something also its address."""
    text = _EMBEDDED.sub("\n", text)
    ended = {code["name"].lower() for code in _SHORTCODE.finditer(text) if code["end"]}

    def replacement(code: re.Match[str]) -> str:
        name = code["name"].lower()
        # «[sic]» is no shortcode, «[post_ad]» is a shortcode
        is_known = name in ended or name in _ALONE or "_" in name
        if not is_known and not code["attributes"]:
            return code[0]
        return "" if name in _IS_INLINE else "\n"

    return _SHORTCODE.sub(replacement, text)


def _without_tags(markup: str) -> str:
    # Where paragraphs are marked, a line feed is white space; blank lines always separate
    if _PARAGRAPH.search(markup):
        markup = _BLANK_LINE.sub("<br>", markup).replace("\n", " ")
    pieces: list[str] = []
    end, ends_after = 0, ""
    last_close = markup.rfind("-->")
    for tag in _TAG.finditer(markup):
        if tag.start() < end:
            continue
        name = (tag["name"] or "").lower()
        if ends_after:  # within a script, which only its own end tag ends
            if tag["close"] and name == ends_after:
                end, ends_after = tag.end(), ""
            continue
        pieces.append(markup[end : tag.start()])
        end = tag.end()
        if tag["comment"] is not None:
            end = markup.find("-->", end) + 3 if last_close >= end else end
        elif name in _IS_DROPPED and not tag["close"] and not tag[0].endswith("/>"):
            ends_after = name
        elif name in _IS_BLOCK:
            pieces.append("\n")
    # A script without its end holds no text
    return "".join(pieces) if ends_after else "".join((*pieces, markup[end:]))
