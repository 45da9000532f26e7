"""The server of the label page: on loopback, for one browser, for as long as somebody labels.

The address holds a token that nobody can guess; a request whose Host or Origin is another is refused, so that no page
of another site can read a text or give a verdict. The page does not know whose answers it shows.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from kit.errors import ItemError
from kit.labelling.session import Session
from kit.report import inert_page
from kit.text import plain

__all__ = ["serve"]

_LONGEST_BODY = 10_000
_LONGEST_TEXT = 100_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@contextmanager
def serve(session: Session, title: str, port: int = 0) -> Iterator[str]:
    """Serve a session until the block ends; gives the page's address.

    Args:
        port: On loopback; a free one for 0.

    Raises:
        ItemError: If the port is taken.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise ItemError(f"--port: {port}: {error.strerror}; take another one, or none") from None
    server.daemon_threads = True
    server.desk = _Desk(session, title, server.server_address[1])  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.desk.address  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


class _Desk:
    """The session with its address, one request at a time."""

    def __init__(self, session: Session, title: str, port: int):
        self.session, self.title, self.token, self.lock = session, title, secrets.token_urlsafe(24), Lock()
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.address = f"http://{self.hosts[0]}/{self.token}/"

    def state(self) -> dict[str, Any]:
        """Return what the page shows now."""
        question, session = self.session.next(), self.session
        shown = None
        if question is not None:
            left, right = map(_shown, question.sides)
            shown = {
                "id": question.id,
                "asked": _shown(question.asked),
                "left": left,
                "right": right,
                "exact": question.exact,
            }
        return {"question": shown, "done": session.done, "total": len(session.questions), "needs": session.needs,
                "remarks": session.remarks}  # fmt: skip

    def act(self, name: str, body: Any) -> dict[str, Any]:
        """Carry out `label` or `undo`, and return what the page shows then."""
        if not isinstance(body, dict):
            raise ItemError("an object is expected")
        with self.lock:
            if name == "undo":
                self.session.undo()
            else:
                self.session.label(str(body.get("id")), str(body.get("choice")))
            return self.state()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET of the page and of its state, POST of a verdict."""

    timeout = 30

    @property
    def desk(self) -> _Desk:
        return self.server.desk  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        name = self._name()
        if name == "":
            page = inert_page.render("label", {}, title=plain(self.desk.title), sends=True)
            self._send(200, page.encode(), "text/html; charset=utf-8")
        elif name == "state":
            with self.desk.lock:
                self._json(200, self.desk.state())
        elif name is not None:
            self._json(404, {"error": "not here"})

    def do_POST(self) -> None:
        name = self._name()
        if name is None:
            return
        try:
            length = int(self.headers.get("Content-Length", ""))
            if name not in ("label", "undo") or not 0 < length <= _LONGEST_BODY:
                raise ValueError
            body = json.loads(self.rfile.read(length))
        except ValueError:
            self._json(400, {"error": "not a verdict"})
            return
        try:
            self._json(200, self.desk.act(name, body))
        except (ItemError, OSError) as error:  # what cannot be kept is not shown as done
            self._json(409, {"error": plain(str(error))})

    def log_message(self, *_: object) -> None:
        """Write no log: an address holds the token."""

    def _name(self) -> str | None:
        """Return what a request asks for; None if it was refused."""
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site", "none")
        ours = [f"http://{host}" for host in self.desk.hosts]
        own_host = self.headers.get("Host") in self.desk.hosts
        own_origin = origin in ours if origin or self.command == "POST" else site in ("none", "same-origin")
        token, _, name = self.path.removeprefix("/").partition("/")
        if not (own_host and own_origin and secrets.compare_digest(token.encode(), self.desk.token.encode())):
            self._json(403, {"error": "open the address that `kit label` shows"})
            return None
        return name

    def _json(self, status: int, data: object) -> None:
        self._send(status, json.dumps(data).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind, "Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _shown(text: str) -> str:
    """A text as the page may show it, with hidden characters visible."""
    rest = len(text) - _LONGEST_TEXT
    return plain(text) if rest <= 0 else f"{plain(text[:_LONGEST_TEXT])}\n[{rest:,} more characters are not shown]"
