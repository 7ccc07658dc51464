"""Serve stories to programs: the reports of one event as JSON, and as an Atom feed."""

from flask import Blueprint, Response, request, url_for

from search.results.answer import fields_of
from search.results.snippets import cut_beginning
from web.api.atom import build_feed
from web.api.schema import ReportAnswer, StoryAnswer, respond
from web.app_state import AppState
from web.localization import translate
from web.lookup import find_story
from web.references.reference import write_heading

story_api = Blueprint("story_api", __name__)

_FEED_LENGTH = 30
_SUMMARY_LENGTH = 300  # characters


@story_api.get("/api/documents/<doc_id>/story")
def story(doc_id: str) -> Response:
    """Return the reports of the event of one document, in the order of time."""
    seed, story = find_story(doc_id)
    reports = [
        ReportAnswer.model_validate(
            {**fields_of(report.document), "copies": [copy.doc_id for copy in report.copies]}
        )
        for report in story.reports
    ]
    first = story.first.doc_id if story.first else None
    return respond(StoryAnswer(id=seed.doc_id, first=first, reports=reports))


@story_api.get("/story/<doc_id>.atom")
def feed(doc_id: str) -> Response:
    """Return the latest reports of a story as an Atom feed, newest first."""
    seed, story = find_story(doc_id)
    reports = [*story.dated[::-1], *story.undated][:_FEED_LENGTH]
    return build_feed(
        " · ".join((translate("القصة"), write_heading(seed), translate("أرشيف"))),
        page_url=url_for("stories.story", doc_id=seed.doc_id, _external=True),
        feed_url=request.base_url,
        updated=AppState.current().engine.live.status().committed_at,
        entries=[
            (report.document, cut_beginning(report.document.text, _SUMMARY_LENGTH))
            for report in reports
        ],
    )
