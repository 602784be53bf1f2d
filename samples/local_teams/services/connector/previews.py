"""Quoted messages, and the previews that Local Teams does not speak (facts.toml, quoted-replies and
streaming)."""

from __future__ import annotations

from ...model.exchange import Refused
from ...model.messages import Activity
from ...model.teams import Conversation
from .fields import field

_STARTS = ("informative", "streaming")
NOT_HERE = "Local Teams does not speak {}, a feature of Teams: send a message without it"


def complete_quotes(conversation: Conversation, message: Activity) -> None:
    """Add to each quotation what Teams adds: whose message it is, and its first words.

    Raises:
        Refused: a quotation names no message, or the text has no place for it.
    """
    for entity in message.get("entities") or []:
        if entity.get("type") != "quotedReply":
            continue
        message_id = field(entity, "quotedReply", "messageId")
        if not isinstance(message_id, str) or not message_id:
            raise Refused(400, "BadSyntax", "A quotedReply entity has quotedReply.messageId")
        if f'<quoted messageId="{message_id}"/>' not in (message.get("text") or ""):
            text = f'The text has no <quoted messageId="{message_id}"/>'
            raise Refused(400, "BadSyntax", text)
        quoted = conversation.message(message_id)
        known: Activity = {"validatedMessageReference": quoted is not None}
        if quoted is not None:
            preview = str(quoted.get("text") or quoted.get("summary") or "")[:100]
            known |= {"senderId": quoted["from"]["id"], "senderName": quoted["from"]["name"]}
            known |= {"time": quoted["id"], "preview": preview}
            known["isReplyDeleted"] = bool(quoted.get("deleted"))
        entity["quotedReply"] = {**entity["quotedReply"], **known}


def refuse_previews(activity: Activity) -> None:
    """Refuse what would look otherwise in Teams than here: streaming, and prompt previews.

    Raises:
        Refused: the activity is part of a stream, or answers a targeted message.
    """
    entities = field(activity, "entities")
    types = {str(field(one, "type")).lower(): one for one in entities or []}
    stream = types.get("streaminfo")
    kind = field(stream, "streamType") or field(activity, "channelData", "streamType")
    if stream is not None or kind:
        if field(activity, "type") == "typing" and str(kind).lower() not in _STARTS:
            text = (
                "Only start streaming and continue streaming types are allowed as a typing activity"
            )
            raise Refused(400, "BadSyntax", text)  # teams-sdk#2331
        raise Refused(400, "BadSyntax", NOT_HERE.format("streaming"))
    if "targetedmessageinfo" in types:
        raise Refused(400, "BadSyntax", NOT_HERE.format("targetedMessageInfo"))
