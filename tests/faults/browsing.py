"""Signed-in people who post forms, without a browser: a cookie made beforehand and one connection that is kept."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode

TOKEN = "c" * 32


@dataclass(frozen=True)
class Answered:
    """What the server said."""

    status: int
    location: str
    body: str


class Line:
    """A kept connection to the web server; it is opened anew when the server has hung up."""

    def __init__(self, port, *, timeout=30):
        self.connection = http.client.HTTPConnection("localhost", port, timeout=timeout)
        # What is to be said on the next page travels in a cookie.
        self.messages = ""

    def post(self, seat, path, form, **headers):
        """Send a form as whoever sits there. Raises OSError or HTTPException when no answer came."""
        words = urlencode({**form, "writer": seat["user"], "csrfmiddlewaretoken": TOKEN})
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", seat, path, words, headers)

    def get(self, seat, path):
        """Read a page."""
        return self._ask("GET", seat, path, None, {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def _ask(self, method, seat, path, words, headers):
        cookie = {"Cookie": f"sessionid={seat['cookie']}; csrftoken={TOKEN}; messages={self.messages}"}
        try:
            self.connection.request(method, path, words, headers | cookie)
            answer = self.connection.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        said = [one for one in answer.headers.get_all("Set-Cookie", []) if one.startswith("messages=")]
        self.messages = said[0].split(";")[0].partition("=")[2] if said else ""
        return Answered(answer.status, answer.getheader("Location") or "", body)


NO_ANSWER = (OSError, http.client.HTTPException)
