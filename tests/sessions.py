"""Users of the dashboard without browsers: each speaks Streamlit's protocol to a real server.

Dozens of them fit beside a server on one machine, where browsers would take all of it.
"""

import json
import re
import uuid
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, UploadedFileInfo
from streamlit.proto.WidgetStates_pb2 import WidgetState

from page_tree import Node, PageTree
from tab import Tab
from wire import SessionError, Wire

VALUES = {bool: "bool_value", str: "string_value", float: "double_value"}
"""Fields of a widget's state by the type of its value."""
RECORDINGS = "Recordings, one or many"
"""The uploader on Predict."""
VERDICT = re.compile(r'role="status"[^>]*>([^<]+)<')


class Session:
    """What a person does in a tab, and what they read there; opened by ``async with``."""

    def __init__(self, url: str, page: str = "", **query: str) -> None:
        self._tab = Tab(Wire(url))
        self._first, self._query = page, query
        self._uploads: dict[str, list[FileURLs]] = {}

    async def open(self) -> None:
        """Come to the page, and wait until it is drawn."""
        await self._tab.open(self._first, self._query)
        try:
            await self.settled()
        except SessionError:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the tab."""
        await self._tab.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def tree(self) -> PageTree:
        """What the page shows."""
        return self._tab.tree

    @property
    def page(self) -> str:
        """Name of the page in its address."""
        return self._tab.page

    @property
    def verdict(self) -> str:
        """What a voice is heard as, in the large letters of a page; empty where none is."""
        bodies = (node.proto.body for node in self.tree.nodes_of("html"))
        return next((found[1] for body in bodies if (found := VERDICT.search(body))), "")

    @property
    def heard_name(self) -> str:
        """Name of the recording that the page plays."""
        alts = (node.proto.alt for node in self.tree.nodes_of("audio"))
        return next((alt.removeprefix("Recording ") for alt in alts), "")

    @property
    def everything(self) -> str:
        """All that was sent for what is on the page, also what no one reads."""
        return "\n".join(str(node.proto) for node in self.tree.nodes_of())

    async def settled(self) -> None:
        """Wait until the page is drawn."""
        await self._tab.until(lambda: self._tab.is_settled, "the page is drawn")

    async def until(self, *words: str) -> None:
        """Wait until all of these stand on the page."""
        await self._tab.until(
            lambda: all(word in self.tree.text for word in words), f"it says {words}"
        )

    async def go(self, page: str, **query: str) -> None:
        """Follow a link to another page, by its name in the address."""
        await self._tab.go(page, query)
        await self.settled()

    async def again(self) -> None:
        """Have the page drawn again, as `R` does."""
        await self._tab.rerun()
        await self.settled()

    async def enter(self, kind: str, label: str, value: str | float) -> None:
        """Set a widget."""
        node = self.tree.find(kind, label)
        state = WidgetState(id=node.proto.id)
        setattr(state, VALUES[type(value)], value)
        await self._set(node, state)
        await self.settled()

    async def press(self, label: str) -> None:
        """Press a button."""
        node = self.tree.find("button", label)
        await self._set(node, WidgetState(id=node.proto.id, trigger_value=True))
        self._tab.states.pop(node.proto.id, None)
        await self.settled()

    async def answer(self, name: str, data: bytes) -> str:
        """Drop a recording on Predict, and read what it is heard as."""
        await self.upload(RECORDINGS, name, data)
        await self._tab.until(
            lambda: self.verdict and self.heard_name == name, f"{name} is answered"
        )
        return self.verdict

    async def upload(self, label: str, name: str, data: bytes) -> None:
        """Give an uploader this file alone; what it leads to is not waited for."""
        node = self.tree.find("file_uploader", label)
        for before in self._uploads.pop(node.proto.id, []):
            await self._tab.wire.ask("DELETE", before.delete_url)
        ask = BackMsg()
        request = ask.file_urls_request
        request.request_id, request.session_id = str(uuid.uuid4()), self._tab.id
        request.file_names.append(name)
        urls = (await self._tab.reply(ask, request.request_id)).file_urls[0]
        await self._tab.wire.put_file(urls.upload_url, name, data)
        state = WidgetState(id=node.proto.id)
        info = UploadedFileInfo(file_id=urls.file_id, name=name, size=len(data), file_urls=urls)
        state.file_uploader_state_value.uploaded_file_info.append(info)
        self._uploads[node.proto.id] = [urls]
        await self._set(node, state)

    async def downloaded(self, label: str) -> Any:
        """What a button gives as JSON, made when it is asked for."""
        return json.loads(await self.fetched(await self.made(self.offered(label))))

    def offered(self, label: str) -> str:
        """What a button asks for when it is pressed."""
        return str(self.tree.find("download_button", label).proto.deferred_file_id)

    async def made(self, offer: str) -> str:
        """Have a file made; where it is then."""
        ask = BackMsg()
        request = ask.backend_operation_request
        request.request_id, request.session_id = str(uuid.uuid4()), self._tab.id
        request.deferred_file.file_id = offer
        reply = await self._tab.reply(ask, request.request_id)
        if reply.error_msg:
            raise SessionError(f"{offer}: {reply.error_msg}")
        return str(reply.deferred_file.url)

    async def fetched(self, url: str) -> bytes:
        """A file that the server holds."""
        reply = await self._tab.wire.ask("GET", url)
        if reply.status != HTTPStatus.OK:
            raise SessionError(f"{url}: {reply.status}")
        return reply.body

    async def _set(self, node: Node, state: WidgetState) -> None:
        self._tab.states[state.id] = state
        await self._tab.rerun(node.fragment)
