"""Build the app of one process, and prepare the process to answer many searches at once."""

import gc
import os
import sys
import threading

from flask import Flask
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from web.app import create_app
from web.app_state import AppState

# The time that a thread keeps the interpreter while others wait for it. A search releases the
# interpreter a dozen times and waits this long each time; with Python's default of 5 ms, a search
# waits longer than it computes.
_SWITCH_INTERVAL_S = 0.0005
# A search makes thousands of objects and no reference cycles: a collection every 700 objects,
# Python's default, took a fourteenth of a search's time and freed nothing.
_COLLECTION_THRESHOLD = 20_000


def build_app(archive: str, *, has_fonts: bool) -> Flask:
    """Build the app of an archive, warmed up; without `has_fonts`, its pages load no font.

    Raises:
        SearchError: as for `create_app`.
    """
    # A search uses one thread: concurrent searches use the other cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    threadpool_limits(limits=1)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    # None leaves the choice to ARSHIF_FONTS.
    app = create_app({"ARCHIVE": archive, "FONTS": None if has_fonts else False})
    _compile_templates(app)
    state = AppState.of(app)
    state.warm_up()
    # The thread runs beside the first searches, so that the first reader who types does not wait.
    threading.Thread(target=state.read_completions, daemon=True).start()
    gc.freeze()  # these objects stay: collections need not look through them again
    gc.set_threshold(_COLLECTION_THRESHOLD)
    return app


def _compile_templates(app: Flask) -> None:
    """Compile the templates now, so that the first readers do not wait for it."""
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
