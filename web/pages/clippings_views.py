"""Serve the page of a reader's clippings and saved searches, which the browser fills in.

The browser keeps both (`static/folder.js`); no request carries them.
"""

from flask import Blueprint, render_template

from search.records import Query
from web.pages.wording import name_months

clippings = Blueprint("clippings", __name__)


@clippings.get("/clippings")
def show_clippings() -> str:
    """Show the page; without JavaScript, it only says that it needs it."""
    return render_template("clippings.html", query=Query(text=""), months=name_months())
