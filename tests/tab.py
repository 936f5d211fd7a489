"""A tab's state as Streamlit's client keeps it: what is shown, set, running and to be run again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from page_tree import PageTree
from wire import PATIENCE, SessionError, Wire


class Tab:
    """Hears all that a server says to one tab, and asks for runs.

    Attributes
    ----------
    tree
        What the page shows.
    page
        Name of the page in its address; empty at Home.
    states
        Widgets that were set, by id.
    n_runs
        Runs of pages and fragments that ended.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.tree = PageTree()
        self.id = self.page = ""
        self.states: dict[str, WidgetState] = {}
        self.n_runs = 0
        self._pages: dict[str, str] = {}
        self._query = self._hash = self._run = ""
        self._asked: str | None = None
        self._is_running = False
        self._fault = ""
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    async def open(self, page: str, query: dict[str, str]) -> None:
        """Connect, and ask for a page by its address."""
        await self.wire.open()
        self._reader = asyncio.create_task(self._read())
        self._query = urlencode(query)
        await self.rerun(page_name=page)

    async def go(self, page: str, query: dict[str, str]) -> None:
        """Ask for another page, as a link does."""
        self.states.clear()
        self._query = urlencode(query)
        await self.rerun(page_script_hash=self._pages[page])

    async def close(self) -> None:
        """Leave."""
        for task in (*self._clocks.values(), self._reader):
            if task:
                task.cancel()
        await self.wire.close()

    async def rerun(self, fragment: str = "", *, by_clock: bool = False, **which: str) -> None:
        """Ask for a run of the page, or of a fragment of it."""
        if not by_clock:
            self._asked = fragment
        asked = ClientState(fragment_id=fragment, is_auto_rerun=by_clock, query_string=self._query)
        asked.page_name = which.get("page_name", "")
        asked.page_script_hash = which.get("page_script_hash", self._hash)
        asked.widget_states.widgets.extend(self.states.values())
        await self.wire.send(BackMsg(rerun_script=asked))

    async def reply(self, ask: BackMsg, request_id: str) -> Any:
        """Ask for something that is answered under the request's name."""
        reply = self._replies[request_id] = asyncio.get_running_loop().create_future()
        await self.wire.send(ask)
        return await asyncio.wait_for(reply, PATIENCE)

    @property
    def is_settled(self) -> bool:
        """Whether what was asked for is drawn, and nothing stale is left."""
        return self._asked is None and not self._is_running

    async def until(self, is_so: Callable[[], Any], what: str) -> None:
        """Wait for something on the page.

        Raises
        ------
        SessionError
            An exception is shown, the server dropped the session, or it never came.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while not is_so():
                    self._news.clear()
                    self.check()
                    await self._news.wait()
        except TimeoutError as error:
            raise SessionError(f"waited in vain until {what}:\n{self.tree.text}") from error
        self.check()

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        shown = [node.proto for node in self.tree.nodes_of("exception")]
        wrong = self._fault or next((f"{one.type}: {one.message}" for one in shown), "")
        if wrong:
            raise SessionError(f"{self.page or 'Home'}: {wrong}")

    async def _read(self) -> None:
        with suppress(asyncio.CancelledError):
            try:
                while True:
                    self._hear(await self.wire.receive())
                    self._news.set()
            except ConnectionClosed as closed:
                self._fault = f"the server dropped the session: {closed}"
                self._news.set()

    def _hear(self, message: ForwardMsg) -> None:
        kind = str(message.WhichOneof("type"))
        what_to_do = getattr(self, f"_on_{kind}", None)
        if what_to_do:
            what_to_do(message)

    def _on_new_session(self, message: ForwardMsg) -> None:
        fragments = message.metadata.run.fragment_ids
        self._run, self._is_running = message.metadata.run.script_run_id, True
        if not fragments or self._asked in fragments:
            self._asked = None
        if fragments:
            return
        self.id = message.new_session.initialize.session_id
        self._stop_clocks(list(self._clocks))

    def _on_navigation(self, message: ForwardMsg) -> None:
        pages = message.navigation.app_pages
        self._pages = {page.url_pathname: page.page_script_hash for page in pages}
        if message.navigation.page_script_hash != self._hash:
            self._hash = message.navigation.page_script_hash
            self.page = next(name for name, known in self._pages.items() if known == self._hash)
            self.tree.nodes.clear()

    def _on_delta(self, message: ForwardMsg) -> None:
        node = self.tree.take(message, self._run)
        if node and getattr(node.proto, "set_value", False):  # the server has set it itself
            self.states.pop(node.proto.id, None)

    def _on_script_finished(self, message: ForwardMsg) -> None:
        self._is_running = False
        self.n_runs += 1
        if message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
        ):
            run = message.metadata.run
            self.tree.clear_stale(run.script_run_id, run.fragment_ids)
            ids = self.tree.ids
            self.states = {key: state for key, state in self.states.items() if key in ids}
        elif message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._is_running = True  # another run follows

    def _on_session_event(self, message: ForwardMsg) -> None:
        if message.session_event.HasField("script_compilation_exception"):
            self._fault = message.session_event.script_compilation_exception.message

    def _on_page_not_found(self, _: ForwardMsg) -> None:
        self._fault = "there is no such page"

    def _on_page_info_changed(self, message: ForwardMsg) -> None:
        self._query = message.page_info_changed.query_string

    def _on_file_urls_response(self, message: ForwardMsg) -> None:
        answer = message.file_urls_response
        self._replies.pop(answer.response_id).set_result(answer)

    def _on_backend_operation_response(self, message: ForwardMsg) -> None:
        answer = message.backend_operation_response
        self._replies.pop(answer.request_id).set_result(answer)

    def _on_auto_rerun(self, message: ForwardMsg) -> None:
        fragment = message.auto_rerun.fragment_id
        self._stop_clocks([fragment])
        ticking = self._tick(fragment, message.auto_rerun.interval)
        self._clocks[fragment] = asyncio.create_task(ticking)

    def _on_stop_auto_rerun(self, message: ForwardMsg) -> None:
        self._stop_clocks(message.stop_auto_rerun.fragment_ids)

    def _stop_clocks(self, fragments: Any) -> None:
        for fragment in fragments:
            if clock := self._clocks.pop(fragment, None):
                clock.cancel()

    async def _tick(self, fragment: str, seconds: float) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(seconds)
                await self.rerun(fragment, by_clock=True)
