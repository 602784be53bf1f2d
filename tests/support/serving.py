"""A folder at an address of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

INDEX = "search/search_index.json"
FEW = 2


@contextmanager
def served(site: Path, asked: list[str] | None = None, *, searches: bool = True) -> Iterator[str]:
    """The site at an address; status and path of each answer are added to `asked`.

    Every page that loads builds the search's index anew, which takes longer than all else that it
    does. Unless the site `searches`, the index has a few documents only.
    """
    index = json.loads((site / INDEX).read_text("utf-8"))
    few = json.dumps({**index, "docs": index["docs"][:FEW]}).encode()

    class Quiet(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if searches or self.path != f"/{INDEX}":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(few)))
            self.end_headers()
            self.wfile.write(few)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if asked is not None:
                asked.append(f"{int(code)} {self.path}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
