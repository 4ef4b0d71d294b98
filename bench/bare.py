"""Bare Klein: a POST route that answers a small JSON, as it comes but for the access log, which is off.

`python -m bench.bare` prints `{"port": PORT}` and serves until it is ended.
"""

from __future__ import annotations

import json
from typing import Any

from klein import Klein
from twisted.internet import reactor
from twisted.web.server import Site


def main() -> None:
    app = Klein()

    @app.route("/emails", methods=["POST"])
    def send(request: Any) -> bytes:
        request.setHeader("content-type", "application/json")
        request.content.read()
        return b'{"id":"0196e8a5-8c3e-7d6f-8000-000000000000"}'

    site = Site(app.resource())
    site.log = lambda request: None
    port = reactor.listenTCP(0, site, backlog=511, interface="127.0.0.1")
    print(json.dumps({"port": port.getHost().port}), flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
