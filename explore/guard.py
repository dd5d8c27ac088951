"""What every answer carries so that nothing a page holds can run, and who is not answered at all."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of our own pages: only our own files, no script and no style inside a page, nothing of any other host."""

CAPTURED_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""Of a page as it was served: no script, no form, no request to anybody, in an origin of its own."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Sets these headers on every answer, and refuses what a foreign page asks for by itself.

    A link on a foreign page that somebody follows is answered: that is a navigation to a page that changes
    nothing. A picture, a script or a fetch of a foreign page is not: it could keep the machine busy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", POLICY)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        asked = Headers(scope=scope)
        foreign = asked.get("sec-fetch-site", "none") in ("cross-site", "same-site")
        if foreign and asked.get("sec-fetch-mode") != "navigate":
            refused = PlainTextResponse("Other sites' pages may not read this archive.\n", 403)
            await refused(scope, receive, guarded)
            return
        await self.app(scope, receive, guarded)
