"""Serve the page of a story: the reports of one event across newspapers."""

from flask import Blueprint, abort, render_template

from search.records import Query
from web.app_state import AppState
from web.pages.story_page import build_story_page

stories = Blueprint("stories", __name__)


@stories.get("/story/<doc_id>")
def story(doc_id: str) -> str:
    """Show the story that a document belongs to."""
    engine = AppState.current().engine
    seed = engine.index.find(doc_id)
    story = engine.story(seed.doc_id) if seed else None
    if seed is None or story is None:
        abort(404, "no document of this archive has this id")
    page = build_story_page(seed, story)
    return render_template("story.html", query=Query(text=""), page=page)
