"""Find the day on which a news page was published, and the time of day if the page states it.

The sources are tried in this order: the day of publication that the page declares (JSON-LD, meta
elements, microdata), a line that says «published», a meta element that only says «date», the day in
the page's address, a line with a day near the headline, nearest first. A declared day that is the
day of the capture may come from the machine that wrote the page: it is tried after the lines that
say «published» and after the address. Today's date in the page's head, the day of an update and the
days of other stories are not used. A wrong day is worse than no day, so text further away is not
searched: htmldate searches it, and accepts a day near a sidebar or in a footer.
"""

import json
import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from indexer.readers.origin import Origin
from search.language.analysis import fold
from search.language.dates import Fault, parse_date, read_date

# Names of meta elements, as `name`, `property` or `itemprop`, the surest first, without the marks
# in them: «article:published_time», «DC.date.issued», «publish-date»
_NAMES = (
    "articlepublishedtime ogpublishedtime ogarticlepublishedtime datepublished rnewsdatepublished "
    "articlepublished publishedtime publishedat publicationdate publishdate publishtime "
    "publisheddate publishedon firstpublished pubdate ogpubdate ogpublishdate ogdatepublished "
    "btpubdate articlepublicationdate articlepublisheddate articlepostdate citationpublicationdate "
    "citationonlinedate citationdate prismpublicationdate eprintsdate parselypubdate sailthrudate "
    "cxenseparserecspublishtime dcdateissued dctermsissued dateissued issued dcdatecreated "
    "dctermscreated dccreated datecreated created creationdate articledateoriginal articledate "
    "analyticsattributesarticledate originalpublicationdate newspublicationdate displaydate pdate "
    "ptime rbpubdate dcsextarticlefirstpublished shareaholicarticlepublishedtime releasedate"
).split()
_VAGUE_NAMES = ("dcdate", "dctermsdate", "date", "timestamp")
_MARKED = (  # microdata, RDFa, and an attribute that HTML 5 had for a while
    "//*[contains(@itemprop, 'datePublished') or contains(@property, 'datePublished')"
    " or @property='dc:date' or @property='dc:issued' or @pubdate]"
)
_ARTICLES = re.compile(r"Article|Posting|Report|News")
_DECLARED_JSON = re.compile(r'"date(?:Published|Created)"')
_PUBLISHED_JSON = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_DATED_PATH = re.compile(
    r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?:[/-]|$)|/((?:19|20)\d\d)(\d\d)(\d\d)/"
)

_UPDATED = re.compile(
    fold("تحديث|تعديل|حدث في|آخر مراجعة|mis[e]? a jour|modifie|actualise|updated|modified|edited")
)
_PUBLISHED = re.compile(
    fold("نشر|أضيف|اضيف|كتب في|حرر في|بتاريخ|تاريخ الخبر|publie|posted|published|mis en ligne")
)
_PRINTED = re.compile(fold(r"طبع|imprime|printed|copyright|©|حقوق|الآن|اليوم هو|تاريخ اليوم"))
_CUT = re.compile(rf"{_UPDATED.pattern}|{_PUBLISHED.pattern}")
# The elements of other stories, and of the clock in a page's head
_ELSEWHERE = frozenset({"a", "aside", "nav", "footer", "script", "style", "option", "select"})
_HEAD = re.compile(
    r"today|clock|top-?bar|current-?date|date-?now|now-?date|site-?header|masthead|ticker|sidebar|"
    r"widget|related|footer|comment|most-?read|print",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]+")
_MAX_WORDS = 9  # «السبت 11 جمادى الأولى 1442 هـ الموافق 26 ديسمبر 2020 م» has seven
_LONGEST_DAY_LINE = 100  # characters of a line that holds only a date
_LONG_TEXT = 200  # characters; a teaser has fewer
_FARTHEST = 60  # elements between a headline and the day that belongs to it


def find_date(tree: HtmlElement, headline: HtmlElement | None, origin: Origin) -> str | None:
    """Return the text that names the day of publication, in any form; None if no text does."""
    declared = list(_declarations(tree))
    vague = list(_in_meta(tree, _VAGUE_NAMES))
    nearby = list(_lines_near(tree, headline)) if headline is not None else []
    published = [line for line in nearby if _PUBLISHED.search(fold(line))]
    address = [_in_address(origin.url) or ""]

    def first(texts: list[str], *, is_of_capture: bool = True) -> str | None:
        days = ((text, read_date(text, latest=origin.latest_day())) for text in texts)
        return next(
            (
                text
                for text, day in days
                if not isinstance(day, Fault) and (is_of_capture or day != origin.captured_on)
            ),
            None,
        )

    return (
        first(declared, is_of_capture=False)
        or first(published)
        or first(vague, is_of_capture=False)
        or first(address)
        or first([*declared, *vague, *nearby])
        # A text that is no day is returned too, so that its reason is noted
        or next(filter(None, [*declared, *vague]), None)
    )


def _declarations(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if "json" in (script.get("type") or "") and _DECLARED_JSON.search(script.text or ""):
            yield from _in_json(script.text)
    yield from _in_meta(tree, _NAMES)
    for element in tree.xpath(_MARKED):
        # Teasers of other stories declare a day each, within their own articles
        if not _is_elsewhere(element):
            yield element.get("content") or element.get("datetime") or element.text_content()[:100]


def _in_meta(tree: HtmlElement, names: Sequence[str]) -> Iterator[str]:
    by_name: dict[str, str] = {}
    for meta in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            name = "".join(filter(str.isalpha, (meta.get(attribute) or "").lower()))
            by_name.setdefault(name, meta.get("content", ""))
    yield from (by_name[name] for name in names if by_name.get(name))


def _in_json(text: str) -> Iterator[str]:
    """Yield the days that JSON-LD declares, those of an article first."""
    try:
        objects = list(_objects(json.loads(text)))
    except (ValueError, RecursionError):  # often damaged
        yield from _PUBLISHED_JSON.findall(text)
        return
    for of_articles in (True, False):
        for node in objects:
            if bool(_ARTICLES.search(str(node.get("@type")))) is of_articles:
                yield str(node.get("datePublished") or node.get("dateCreated") or "")


def _objects(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects in a JSON value, an outer object before those within it."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _objects(part)


def _in_address(url: str | None) -> str | None:
    match = _DATED_PATH.search(url or "")
    if not match:
        return None
    text = "-".join(f"{int(part):02}" for part in match.groups() if part)
    return text if parse_date(text) else None


def _lines_near(tree: HtmlElement, headline: HtmlElement) -> Iterator[str]:
    """Yield the lines with a day under the headline, then those above it, nearest first."""
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    place = elements.index(headline)
    own = _own_article(tree, headline)
    near = [e for e in elements[max(place - _FARTHEST, 0) : place + _FARTHEST] if _is_own(e, own)]
    place = near.index(headline)
    for element in near[place:]:
        yield from _day_lines(element)
    above = [part for element in near[:place] for part in _day_lines(element)]
    # The head of the page is above a headline that stands alone in the body
    yield from reversed(above)


def _own_article(tree: HtmlElement, headline: HtmlElement) -> HtmlElement | None:
    """Return the `article` element around the headline, or else the longest if its text is long."""
    if (article := next(headline.iterancestors("article"), None)) is not None:
        return article
    sizes = {article: len(article.text_content()) for article in tree.iter("article")}
    longest = max(sizes, key=lambda article: sizes[article], default=None)
    return longest if longest is not None and sizes[longest] >= _LONG_TEXT else None


def _is_own(element: HtmlElement, own: HtmlElement | None) -> bool:
    """Return whether an element is outside the teasers of other stories."""
    article = element if element.tag == "article" else next(element.iterancestors("article"), None)
    return article is None or article is own


def _day_lines(element: HtmlElement) -> Iterator[str]:
    texts = (element.get("datetime"), element.text, element.tail)
    if not any(texts) or _is_elsewhere(element):
        return
    for text in texts:
        if text and len(text) < _LONGEST_DAY_LINE and (line := _published_part(text, element)):
            yield line


def _published_part(text: str, element: HtmlElement) -> str | None:
    """Return the part of a line that tells when the page was published."""
    if not parse_date(text):
        return None
    folded = fold(text)
    is_sentence = len(_WORD.findall(folded)) > _MAX_WORDS and not _CUT.match(folded.strip())
    if is_sentence or _PRINTED.search(folded):
        return None
    label = folded if _CUT.search(folded) else f"{_label(element)} {folded}"
    if not _UPDATED.search(label):
        return text
    marks = list(_CUT.finditer(folded))
    # «04 أغسطس 2013، آخر تحديث 02:21»
    if marks and parse_date(before := folded[: marks[0].start()]):
        return before
    ends = [*(mark.start() for mark in marks[1:]), len(folded)]
    for mark, end in zip(marks, ends, strict=False):
        part = folded[mark.start() : end]
        if not _UPDATED.match(part) and parse_date(part):
            return part
    return None


def _label(element: HtmlElement) -> str:
    """Return the text just before an element: «آخر تحديث» may stand in an element of its own."""
    before = element.getprevious()
    if before is None:
        parent = element.getparent()
        text = parent.text if parent is not None else ""
    else:
        text = before.tail if (before.tail or "").strip() else before.text_content()[-40:]
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return fold(f"{(text or '')[-40:]} {names}")


def _is_elsewhere(element: HtmlElement) -> bool:
    for node in (element, *element.iterancestors()):
        if node.tag in ("body", "html", "main", "article"):
            return False
        if node.tag == "footer" and next(node.iterancestors("article"), None) is not None:
            continue  # an article's own foot may say when it was published
        if node.tag in _ELSEWHERE or _HEAD.search(f"{node.get('class')} {node.get('id')}"):
            return True
        if node.tag == "header" and not node.xpath("boolean(.//h1)"):
            return True
    return False
