"""A websocket and the HTTP beside it to a dashboard, spoken as a browser speaks them."""

import asyncio
import uuid
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE = 120.0
"""Seconds to wait for anything on a busy machine."""
XSRF = "_streamlit_xsrf"
"""Cookie whose value every connection and upload repeats."""


class SessionError(AssertionError):
    """The server showed an exception, refused, dropped the session or never answered."""


class Reply(NamedTuple):
    """What HTTP gave; names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One tab's connections, with a cookie of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._host = urlsplit(url).netloc
        self._token = ""
        self._socket: ClientConnection | None = None

    async def open(self) -> None:
        """Fetch the cookie as a page does, and connect with it."""
        reply = await self.ask("GET", "/_stcore/health")
        self._token = reply.headers["set-cookie"].partition(";")[0].removeprefix(f"{XSRF}=")
        self._socket = await connect(
            f"ws://{self._host}/_stcore/stream",
            origin=Origin(self.url),
            subprotocols=[Subprotocol("streamlit"), Subprotocol(self._token)],
            additional_headers={"Cookie": f"{XSRF}={self._token}"},
            max_size=None,
            proxy=None,
        )

    async def send(self, message: BackMsg) -> None:
        """Say something."""
        assert self._socket
        await self._socket.send(message.SerializeToString())

    async def receive(self) -> ForwardMsg:
        """Hear something."""
        assert self._socket
        message = ForwardMsg()
        message.ParseFromString(await self._socket.recv(decode=False))
        return message

    async def close(self) -> None:
        """Leave, as a closed tab does."""
        if self._socket:
            await self._socket.close()

    async def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Reply:
        """Make one request, with the cookie once it is known."""
        headers = {"Cookie": f"{XSRF}={self._token}", "X-Xsrftoken": self._token}
        headers = (headers if self._token else {}) | ({"Content-Type": kind} if kind else {})
        return await asyncio.to_thread(self._ask, method, path, body, headers)

    async def put_file(self, path: str, name: str, data: bytes) -> None:
        """Upload a file as a form does."""
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n"
        body = b"".join([head.encode(), data, f"\r\n--{mark}--\r\n".encode()])
        reply = await self.ask("PUT", path, body, f"multipart/form-data; boundary={mark}")
        if reply.status >= 300:  # below stand HTTP's words for well done
            raise SessionError(f"the upload of {name} was answered with {reply.status}")

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        with closing(HTTPConnection(self._host, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, named, answer.read())
