"""The web side of arshif: the pages and the JSON endpoints, over one search engine.

It ranks nothing and stores nothing: parameters in, `search.engine`, a page or JSON out.
"""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_compress import Compress

from search.engine import SearchEngine
from search.errors import ArchiveError
from web import access, assets, error_handlers, etags, headers, limits
from web.api.documentation import documentation
from web.api.exports import exports
from web.api.probes import probes
from web.api.search import api
from web.api.suggestions import suggestions
from web.app_state import Served
from web.metrics import Metrics
from web.pages import preferences
from web.pages.views import pages

__all__ = ["create_app"]

# A reader waits so long for a commit that just came; a large one follows with the next query.
_RELOAD_PATIENCE_S = 0.05


def create_app(
    config: Mapping[str, object] | None = None, engine: SearchEngine | None = None
) -> Flask:
    """Make the app that serves `config["ARCHIVE"]`, or an engine that is open already.

    Raises:
        ArchiveError: no archive is named, or it cannot be read.
        EncoderError: the archive's encoder cannot be loaded.
        SettingError: an `ARSHIF_*` setting cannot be used.
    """
    app = Flask(__name__, static_folder=None)  # the files are served by `assets`
    app.config.from_prefixed_env("ARSHIF")  # ARSHIF_ARCHIVE=...
    app.config.update(config or {})
    app.json = _legible_json(app)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    limit_s = limits.search_limit_s(app)
    Served(engine or _open(app.config.get("ARCHIVE")), limit_s=limit_s).attach(app)
    app.register_blueprint(pages)
    app.register_blueprint(api)
    app.register_blueprint(documentation)
    app.register_blueprint(probes)
    app.register_blueprint(suggestions)
    app.register_blueprint(exports)
    assets.register(app)
    preferences.register(app)
    error_handlers.register(app)
    # Before a request in this order, after it the other way round.
    headers.register(app)
    Metrics().attach(app)
    # Level 4 takes half the time of 6, for 4 % more bytes.
    app.config.update(COMPRESS_ALGORITHM=["gzip"], COMPRESS_LEVEL=4, COMPRESS_STREAMS=False)
    Compress(app)
    access.register(app)
    etags.register(app)
    limits.register(app)
    Served.of(app).status()  # counted now, so that no reader waits for it
    return app


def _open(archive: object) -> SearchEngine:
    if archive is None:
        raise ArchiveError("no archive is named: set ARSHIF_ARCHIVE to its folder")
    return SearchEngine.open(Path(str(archive)), patience_s=_RELOAD_PATIENCE_S)


def _legible_json(app: Flask) -> DefaultJSONProvider:
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    return provider
