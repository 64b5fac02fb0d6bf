"""A guestbook that shows the last entries. Python's standard library only."""

import html
import http.server
import pathlib

ROOT = pathlib.Path(__file__).parent
ENTRIES = ROOT.parent / "data" / "entries.txt"


def page() -> bytes:
    template = (ROOT / "static" / "index.html").read_text()
    lines = ENTRIES.read_text().splitlines() if ENTRIES.exists() else []
    items = "\n".join(f"<li>{html.escape(line)}</li>" for line in lines[-20:])
    return template.replace("{{entries}}", items).encode()


class Guestbook(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = page()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8000), Guestbook).serve_forever()
