"""The application factory."""

from __future__ import annotations

from typing import Final

from flask import Flask

import kiaim_server
from kiaim_server.api import (
    arxaas,
    checks,
    datasets,
    description,
    editor_schemas,
    health,
    hierarchies,
    jobs,
    plans,
    plugins,
    policies,
    problems,
    security,
)
from kiaim_server.api.config import ServerConfig
from kiaim_server.api.services import Services

_BLUEPRINTS: Final = (
    *(datasets, jobs, plans, policies, hierarchies),
    *(plugins, checks, editor_schemas, health, description),
)

_ABOUT: Final = """Releases personal data under policies.

Upload a table, ask for a release under a policy, fetch data, report and signed manifest. No table
leaves unless an independent recount of the released bytes shows that every clause of the policy
holds. Errors are problem+json (RFC 9457); their `type` is stable.
"""


def create_app(config: ServerConfig) -> Flask:
    """Make the WSGI application of an installation.

    Opens the data folder and loads plugins and policies; starts no worker, see
    `kiaim_server.api.serve` for that.
    """
    app = Flask("kiaim_server.api", static_folder=None)
    app.config.update(
        API_TITLE="KI-AIM anonymization server",
        API_VERSION=kiaim_server.__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": _ABOUT}},
        TRUSTED_HOSTS=list(config.trusted_hosts),
        PROPAGATE_EXCEPTIONS=False,
        JSON_SORT_KEYS=False,
    )
    Services.open(config).attach(app)
    api = description.DescribedApi(app)
    problems.register(app)
    security.register(app)
    for module in _BLUEPRINTS:
        api.register_blueprint(module.blueprint)
    if config.arxaas is not None:
        api.register_blueprint(arxaas.blueprint)
        arxaas.register(app)
    return app
