"""Cross-origin access for clients that run in a browser, such as the public CDS Hooks sandbox."""

from flask import Response, request

_HOUR_S = 3600


def allow_origin(response: Response, origins: frozenset[str]) -> Response:
    """The response, readable by the page that asked, if its origin may; also when it is an error.

    No cookie ever matters here, so credentials are not allowed.
    """
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin and ("*" in origins or origin in origins):
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
    return response


def preflight(methods: str) -> Response:
    """The answer to a browser that asks whether it may call; it needs no authentication."""
    response = Response(status=204)
    response.headers["Allow"] = f"{methods}, OPTIONS"
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Accept"
    response.headers["Access-Control-Max-Age"] = str(_HOUR_S)
    return response
