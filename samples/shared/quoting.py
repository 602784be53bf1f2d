"""Quote a message in an answer that comes late; Teams shows its first words above the answer."""

from __future__ import annotations

from typing import ClassVar

from botbuilder.schema import Activity, ActivityTypes, Entity


class QuotedReply(Entity):
    """The entity of a quoted message, which botbuilder does not have."""

    _attribute_map: ClassVar[dict[str, dict[str, str]]] = {
        "type": {"key": "type", "type": "str"},
        "quoted_reply": {"key": "quotedReply", "type": "object"},
    }

    def __init__(self, message_id: str) -> None:
        super().__init__(type="quotedReply")
        self.quoted_reply = {"messageId": message_id}


def quoting(message_id: str, text: str) -> Activity:
    """A message that quotes another one of the same conversation.

    Args:
        message_id: of the quoted message: `activity.id`, or what `send` returned.
        text: the answer, below the quotation.
    """
    return Activity(
        type=ActivityTypes.message,
        text=f'<quoted messageId="{message_id}"/> {text}',
        entities=[QuotedReply(message_id)],
    )
