"""Define the JSON of trends, once for the command line and for HTTP.

Docstrings and field names are part of `/openapi.json`.
"""

from pydantic import Field

from search.results.answer import Answer
from search.trends.series import Resolution, Trends


class TrendCounts(Answer):
    """One term: its counts have an entry for each period."""

    query: str = Field(examples=["فيضانات"])
    total: int = Field(ge=0, description="Number of matching documents with a date.")
    undated: int = Field(ge=0, description="Number of matching documents without a date.")
    counts: list[int]
    shares: list[float | None] | None = Field(
        description="0 to 1, null in a period without documents; null without share=1."
    )


class TrendsAnswer(Answer):
    """How many documents match each term, in each period from the first to the last."""

    by: Resolution
    share: bool
    periods: list[str] = Field(description="As ISO 8601.", examples=[["2020-11", "2020-12"]])
    documents: list[int] = Field(description="All documents of each period; 0 in a gap.")
    undated: int = Field(ge=0, description="All documents without a date.")
    trends: list[TrendCounts]


def build_answer(trends: Trends, *, as_share: bool) -> TrendsAnswer:
    """Build the answer that other programs rely on; its lists have an entry for each period."""
    return TrendsAnswer(
        by=trends.query.by,
        share=as_share,
        periods=[period.name for period in trends.periods],
        documents=list(trends.documents),
        undated=trends.undated,
        trends=[
            TrendCounts(
                query=trend.term,
                total=trend.total,
                undated=trend.undated,
                counts=list(trend.counts),
                shares=list(trends.shares(trend)) if as_share else None,
            )
            for trend in trends.trends
        ],
    )
