"""Serve the page of a story: the reports of one event across newspapers."""

from flask import Blueprint, render_template

from search.records import Query
from web.lookup import find_story
from web.pages.story_page import build_story_page

stories = Blueprint("stories", __name__)


@stories.get("/story/<doc_id>")
def story(doc_id: str) -> str:
    """Show the story that a document belongs to."""
    page = build_story_page(*find_story(doc_id))
    return render_template("story.html", query=Query(text=""), page=page)
