"""Ids are the same for one record however a dump writes it, and differ for different ones."""

from datetime import date

import pytest

from indexer.readers.identity import article_id, canonical_url, headline_id


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.example.com/jarida/12345", "example.com/jarida/12345"),
        ("http://Example.com/jarida/12345/", "example.com/jarida/12345"),
        ("https://example.com/jarida/12345?utm_source=x&fbclid=y#top", "example.com/jarida/12345"),
        ("https://example.com/?p=12&lang=ar", "example.com?p=12&lang=ar"),
        ("https://example.com/%D8%B3%D8%AF/1", "example.com/سد/1"),
        ("https://[bad", "https://[bad"),
    ],
)
def test_one_address_is_written_one_way(url, canonical):
    assert canonical_url(url) == canonical


def test_a_headline_and_its_article_have_one_id_where_they_have_one_address():
    url = "https://www.example.com/jarida/12345"
    article = article_id(own_id=None, url=url, source="أ", day=None, title="ب", body="ج")
    assert article == headline_id(own_id=None, url="http://example.com/jarida/12345/", title="د")


def test_without_an_address_source_day_and_folded_title_decide():
    def named(source="جريدة", day=date(2020, 1, 2), title="أخبار السد"):
        return article_id(own_id=None, url=None, source=source, day=day, title=title, body="نص")

    assert named() == named(title="اخبار  السّد")
    assert len({named(), named(source="أخرى"), named(day=None), named(title="غيره")}) == 4
