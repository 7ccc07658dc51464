"""Read feeds: RSS 0.9 to 2.0, RSS 1.0 (RDF), Atom, and news sitemaps; an item is a document.

Feeds are often damaged: lxml reads them in its recovering mode, after entities that XML does not
know were replaced. Nothing a feed names is fetched, and none of its own entities is expanded.
"""

import codecs
import html
import re
from collections.abc import Iterator

from lxml import etree

from indexer.readers.columns import Columns
from indexer.readers.encodings import encoding_of
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.record import read_fields
from indexer.readers.streams import BLOCK, Stream

_SHAPE = re.compile(
    r"(?:<\?[^>]*+>\s*|<!--(?:(?!-->).)*+-->\s*|<!doctype\s[^>\[]*+(?:\[[^\]]*+\]\s*)?>\s*)*+"
    r"<(?:rss|(?:\w+:)?feed|(?:\w+:)?rdf|(?:\w+:)?urlset)\b(?=[^>]*>)",
    re.I | re.S,
)
# Text that XML does not allow: an ampersand alone, the entities of HTML, control characters
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)(\w{2,31};)?")
_UNCLOSED = re.compile(r"<(br|hr|img|wbr)\b([^<>]*+)(?<!/)>", re.I)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_LONGEST_ENTITY = 32  # characters; an entity cut at a block's end is read with the next block
LARGEST_ITEM = 16_000_000  # bytes between the ends of two items

_ITEMS = ("item", "entry")
_SITEMAP = "urlset"  # whose items are called `url`
# In a sitemap only Google's namespace for news counts, since images have titles too
_NEWS = ("news", "publication")
# Elements of an item by field, without their namespaces; the earlier element counts
_ELEMENTS = {
    "title": ("title",),
    "body": ("encoded", "content", "description", "summary", "fulltext"),
    "date": (
        "pubdate",
        "publication_date",
        "published",
        "issued",
        "date",
        "created",
        "updated",
        "modified",
    ),
    "author": ("author", "creator"),
    "section": ("category", "subject", "section"),
    "source": ("source", "publisher", "name"),
    "language": ("language",),
}


def is_feed(text: str, columns: Columns) -> bool:
    """Return whether the root of the XML is that of a feed."""
    return text.startswith("<") and _SHAPE.match(text) is not None


def read_feed(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each item; memory holds one item."""
    parser = etree.XMLPullParser(
        ("start", "end"), recover=True, resolve_entities=False, no_network=True, encoding="utf-8"
    )
    channel = _Channel()
    number = pending = 0
    for block in _blocks(stream):
        parser.feed(block)
        pending += len(block)
        for event, element in parser.read_events():
            is_item = _is_item(element)
            if event == "start":
                channel.is_in_item |= is_item
            elif is_item:
                number, pending, channel.is_in_item = number + 1, 0, False
                yield from read_fields(_fields(element, channel), origin.at(f":{number}"))
                _forget(element)
            elif not channel.is_in_item:
                channel.add(element)
        if pending > LARGEST_ITEM:
            break
    place = origin.at(f":{number + 1}").place
    if pending > LARGEST_ITEM:
        yield Reject(f"item longer than {LARGEST_ITEM:,} bytes", place)
    elif channel.is_in_item:
        yield Reject("feed cut off or damaged", place)
    else:
        yield from _ending(channel, number, origin)


def _ending(channel: "_Channel", number: int, origin: Origin) -> Iterator[Outcome]:
    if not number:
        yield Reject("feed without an item", origin.place)
    elif not channel.is_whole:
        yield Note("feed without its end")


class _Channel:
    """The facts that a feed states for all its items, as far as it was read."""

    def __init__(self) -> None:
        self.is_in_item = False
        self.is_whole = False
        self.title: str | None = None
        self.language: str | None = None

    def add(self, element: etree._Element) -> None:
        """Take the title or the language of the feed; an image within it has a title too."""
        parent = element.getparent()
        self.is_whole |= parent is None
        if parent is None or _name(parent) not in ("channel", "feed"):
            return
        if _name(element) == "title":
            self.title = self.title or _text(element)
        elif _name(element) == "language":
            self.language = self.language or _text(element)


def _fields(item: etree._Element, channel: _Channel) -> dict[str, object]:
    """Return the fields of an item; those that it lacks are taken from the feed."""
    elements: dict[str, etree._Element] = {}
    for child in _parts(item):
        name = _name(child)
        if name not in elements or not _text(elements[name]):
            elements[name] = child
    if "loc" not in elements:
        elements.pop("name", None)  # the source is named so only in a sitemap
    fields: dict[str, object] = {}
    for field, names in _ELEMENTS.items():
        texts = (_text(elements[name]) for name in names if name in elements)
        fields[field] = next(filter(None, texts), None)
    fields["url"], fields["id"] = _link(item, elements)
    fields["source"] = fields["source"] or channel.title
    fields["language"] = item.get(_LANGUAGE) or fields["language"] or channel.language
    return fields


def _is_item(element: etree._Element) -> bool:
    name, parent = _name(element), element.getparent()
    return name in _ITEMS or (name == "url" and parent is not None and _name(parent) == _SITEMAP)


def _parts(item: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements of an item that may be fields of it."""
    for child in item.iterchildren(tag=etree.Element):
        if _name(child) in _NEWS:
            yield from _parts(child)
        else:
            yield child


_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def _link(
    item: etree._Element, elements: dict[str, etree._Element]
) -> tuple[str | None, str | None]:
    """Return the address of an item, and its id if it has no address."""
    links = [child for child in item.iterchildren(tag=etree.Element) if _name(child) == "link"]
    addresses = [
        link.get("href") for link in links if link.get("rel", "alternate") == "alternate"
    ] + [link.text for link in links]
    if "loc" in elements:
        addresses.append(elements["loc"].text)
    guid = elements.get("guid", elements.get("id"))
    own_id = ""
    if guid is not None:
        own_id = (guid.text or "").strip()
        if own_id.startswith(("http://", "https://")) and guid.get("isPermaLink") != "false":
            addresses.append(own_id)
    url = next((address.strip() for address in addresses if address and address.strip()), None)
    return url, None if url else own_id


def _name(element: etree._Element) -> str:
    """Return the name of an element without its namespace, which many feeds declare wrong."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _text(element: etree._Element) -> str:
    """Return what an element holds: text, escaped HTML, XHTML, or the name of a person."""
    if not len(element):
        return (element.text or element.get("term") or "").strip()
    for child in element.iterchildren(tag=etree.Element):
        if _name(child) in ("name", "title") and (child.text or "").strip():
            return str(child.text).strip()
    inner = (etree.tostring(child, method="html", encoding="unicode") for child in element)
    return "".join((element.text or "", *inner)).strip()


def _forget(item: etree._Element) -> None:
    item.clear()
    parent = item.getparent()
    while parent is not None and item.getprevious() is not None:
        del parent[0]


def _blocks(stream: Stream) -> Iterator[bytes]:
    """Yield the feed in blocks, as UTF-8 that XML allows."""
    encoding = encoding_of(stream.peek(BLOCK)[:BLOCK]) or "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest, is_first, is_ended = "", True, False
    while not is_ended:
        block = stream.read(BLOCK)
        is_ended = not block
        text = rest + decoder.decode(block, final=is_ended)
        cut = text.rfind("&", max(len(text) - _LONGEST_ENTITY, 0)) if not is_ended else -1
        text, rest = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
        if is_first:
            text, is_first = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1).lstrip(), False
        text = _UNCLOSED.sub(r"<\1\2/>", text)
        text = _AMPERSAND.sub(_character, _FORBIDDEN.sub("", text))
        yield text.encode("utf-8", "replace")


def _character(ampersand: re.Match[str]) -> str:
    """Return an entity of HTML as its character, and any other ampersand escaped."""
    character = html.unescape(ampersand[0])
    is_entity = ampersand[1] and not character.startswith("&")
    return character if is_entity else f"&amp;{ampersand[1] or ''}"
