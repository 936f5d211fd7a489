"""What a page holds, kept as a browser keeps it: by path, replaced and dropped as it is told."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

Path = tuple[int, ...]
TEXTS = ("title", "label", "body", "text", "code_text", "message")
"""Fields in which elements hold what a person reads."""
MAIN, SIDEBAR = 0, 1
"""First steps of paths."""


@dataclass(frozen=True)
class Node:
    """An element or a container, the run that drew it last, and the fragment it belongs to."""

    kind: str
    proto: Any
    run: str
    fragment: str
    is_block: bool


@dataclass
class PageTree:
    """Elements and containers of a page by their paths."""

    nodes: dict[Path, Node] = field(default_factory=dict)

    def take(self, message: ForwardMsg, run: str) -> Node | None:
        """Put a delta where it belongs; None for a spinner, which leaves when it ends."""
        delta, at = message.delta, tuple(message.metadata.delta_path)
        shape = delta.WhichOneof("type")
        if shape not in ("new_element", "add_block"):
            return None
        proto = delta.new_element if shape == "new_element" else delta.add_block
        kind = str(proto.WhichOneof("type"))
        is_block = shape == "add_block"
        inner = getattr(proto, kind, None) if not is_block or kind == "tab_container" else proto
        node = Node(kind, inner, run, delta.fragment_id, is_block)
        before = self.nodes.get(at)
        if not (before and before.is_block and is_block and before.kind == kind):
            self._drop_below(at)
        self.nodes[at] = node
        return node

    def _drop_below(self, at: Path) -> None:
        n = len(at)
        for path in [path for path in self.nodes if len(path) > n and path[:n] == at]:
            del self.nodes[path]

    def clear_stale(self, run: str, fragments: Collection[str]) -> None:
        """Drop what a run that is finished did not draw again; of fragments, theirs alone."""
        for path, node in list(self.nodes.items()):
            if node.run != run and (not fragments or node.fragment in fragments):
                del self.nodes[path]

    def nodes_of(self, *kinds: str, within: int | None = None) -> Iterator[Node]:
        """What is there of some kinds, or of all, in reading order; ``within`` a root."""
        for path in sorted(self.nodes):
            if within is None or path[0] == within:
                node = self.nodes[path]
                if not kinds or node.kind in kinds:
                    yield node

    def find(self, kind: str, label: str) -> Node:
        """The one of this kind and label.

        Raises
        ------
        LookupError
            There is none.
        """
        for node in self.nodes_of(kind):
            if node.proto.label == label:
                return node
        there = [node.proto.label for node in self.nodes_of(kind)]
        raise LookupError(f"no {kind} {label!r}, but {there}")

    @property
    def text(self) -> str:
        """What is to be read on the page, without the sidebar."""
        return "\n".join(
            text
            for node in self.nodes_of(within=MAIN)
            if not node.is_block
            for name in TEXTS
            if isinstance(text := getattr(node.proto, name, None), str) and text
        )

    @property
    def ids(self) -> set[str]:
        """Widgets on the page."""
        return {str(getattr(node.proto, "id", "")) for node in self.nodes.values()}
