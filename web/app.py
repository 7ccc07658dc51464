"""Build the app: register the pages, the endpoints, and what happens before and after a view."""

from collections.abc import Callable, Mapping
from datetime import date

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_compress import Compress

from search.engine import SearchEngine
from web import access, assets, error_handlers, etags, headers, limits
from web.api.batch import count_searches
from web.api.crawling import crawling
from web.api.documentation import documentation
from web.api.exports import exports
from web.api.probes import probes
from web.api.references import references
from web.api.search import api
from web.api.stories import story_api
from web.api.suggestions import suggestions
from web.api.trends import trends
from web.app_state import AppState, open_engine
from web.metrics import Metrics
from web.pages import preferences
from web.pages.browse_views import browsing
from web.pages.clippings_views import clippings
from web.pages.comparison_views import comparison
from web.pages.story_views import stories
from web.pages.views import pages
from web.settings import read_settings


def create_app(
    config: Mapping[str, object] | None = None,
    engine: SearchEngine | None = None,
    *,
    today: Callable[[], date] = date.today,
) -> Flask:
    """Build the app that serves `config["ARCHIVE"]`, or an engine that is already open.

    `config` overrides the settings of the environment.

    Raises:
        ArchiveError: no archive is named, or it cannot be read.
        EncoderError: the archive's encoder cannot be loaded.
        SettingError: an `ARSHIF_*` setting cannot be used.
    """
    app = Flask(__name__, static_folder=None)  # `assets` serves the files
    settings = app.config["SETTINGS"] = read_settings(config)
    app.json = _build_json_provider(app)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    engine = engine or open_engine(settings.archive)
    state = AppState(engine, limit_s=settings.search_limit_s, today=today)
    state.attach(app)
    app.register_blueprint(pages)
    app.register_blueprint(browsing)
    app.register_blueprint(comparison)
    app.register_blueprint(clippings)
    app.register_blueprint(stories)
    app.register_blueprint(api)
    app.register_blueprint(story_api)
    app.register_blueprint(documentation)
    app.register_blueprint(probes)
    app.register_blueprint(suggestions)
    app.register_blueprint(exports)
    app.register_blueprint(references)
    app.register_blueprint(crawling)
    app.register_blueprint(trends)
    assets.register(app, has_fonts=settings.fonts)
    preferences.register(app)
    error_handlers.register(app)
    # The hooks registered below run in this order before a request, and in reverse after it.
    headers.register(app)
    Metrics().attach(app)
    # Level 4 takes half the time of level 6, for 4 % more bytes.
    app.config.update(COMPRESS_ALGORITHM=["gzip"], COMPRESS_LEVEL=4, COMPRESS_STREAMS=False)
    Compress(app)
    app.before_request(limits.check_header_size)
    access.register_keys(app, settings)
    app.before_request(limits.admit_long_request)
    access.register_rate_limit(app, settings, count_searches)
    etags.register(app, is_private=bool(settings.api_keys))
    limits.register(app, settings.searches_at_once)
    engine.live.status()  # the counts are computed now, so that no reader waits for them
    return app


def _build_json_provider(app: Flask) -> DefaultJSONProvider:
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    return provider
