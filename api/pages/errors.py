"""Failures as pages, for browsers."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Scope

from api.http.negotiation import HTML, JSON, prefers
from api.http.problems import MEDIA_TYPE
from api.pages.rendering import render_page
from dalil.wire.problems import Problem


class ErrorPagePresenter:
    """Presents the problems of requests that prefer HTML to JSON, as a browser's requests for a link do."""

    def matches(self, scope: Scope) -> bool:
        """Whether the request's Accept header prefers HTML."""
        return prefers(scope, HTML, JSON, MEDIA_TYPE)

    def present(self, scope: Scope, problem: Problem, headers: Mapping[str, str]) -> Response:
        """The problem as a page."""
        return render_page(scope, "problem.html", problem.status, headers, problem=problem)
