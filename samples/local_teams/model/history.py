"""Which messages are kept: the newest, so that no number of requests fills the memory."""

from __future__ import annotations

from collections import OrderedDict

from .messages import Activity
from .teams import Conversation

MESSAGES_KEPT = 10_000  # in one conversation
BYTES_KEPT = 256_000_000  # of all messages together
_OVERHEAD = 2_000  # bytes that Python needs around the texts of a message


class History:
    """Drops the oldest message of a conversation, or of all, when there are too many.

    Attributes:
        bytes: about how much memory the messages need.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._kept: OrderedDict[str, tuple[Conversation, int]] = OrderedDict()  # by message id

    def add(self, conversation: Conversation, message: Activity) -> None:
        """Append a message to its conversation."""
        conversation.add(message)
        self._count(conversation, message)
        if len(conversation.messages) > MESSAGES_KEPT:
            self._drop(conversation.messages[0]["id"])
        self._trim()

    def measure(self, message: Activity) -> None:
        """Count a message anew, because its content changed."""
        if message["id"] in self._kept:  # and not dropped meanwhile
            conversation, size = self._kept[message["id"]]
            self.bytes -= size
            self._count(conversation, message)
            self._trim()

    def _count(self, conversation: Conversation, message: Activity) -> None:
        size = _OVERHEAD + len(repr(message))
        self._kept[message["id"]] = conversation, size
        self.bytes += size

    def _trim(self) -> None:
        while self.bytes > BYTES_KEPT and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, message_id: str) -> None:
        conversation, size = self._kept.pop(message_id)
        self.bytes -= size
        conversation.drop_oldest()
