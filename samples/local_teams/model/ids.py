"""The ids of a world, in the shapes that Teams uses and derived from a seed.

Two worlds with the same seed have the same ids.
"""

from __future__ import annotations

import base64
import hashlib
import uuid

_IN_THREAD = ";messageid="


class Ids:
    """Derives ids from a seed and from the names of what they identify."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def _digest(self, *parts: str) -> bytes:
        return hashlib.sha256("\0".join((self.seed, *parts)).encode()).digest()

    def _opaque(self, *parts: str) -> str:
        return base64.urlsafe_b64encode(self._digest(*parts)).decode().rstrip("=")

    def _hexadecimal(self, *parts: str) -> str:
        return self._digest(*parts).hex()[:32]

    def guid(self, *parts: str) -> str:
        """A GUID: of a tenant, an app, a group or, as an Entra object id, a person."""
        return str(uuid.UUID(bytes=self._digest(*parts)[:16], version=4))

    def person(self, name: str) -> str:
        """The `29:` id of a person for the world's bot."""
        return f"29:1{self._opaque('person', name)}"

    def personal_chat(self, person_id: str) -> str:
        """The id of the chat between a person and the bot, as bots see it."""
        return f"a:1{self._opaque('personal chat', person_id)}{self._opaque('more', person_id)}"

    def group_chat(self, *names: str) -> str:
        return f"19:{self._hexadecimal('chat', *names)}@thread.v2"

    def channel(self, *names: str) -> str:
        return f"19:{self._hexadecimal('channel', *names)}@thread.tacv2"

    def correlation(self, number: int) -> str:
        """A value of the MS-CV header."""
        return f"{self._opaque('correlation', str(number))[:22]}.0"


def one_on_one_chat(*two: str) -> str:
    """Graph's id of the chat of two, by the Entra object id of each; of a bot, by its app id."""
    return f"19:{'_'.join(sorted(two))}@unq.gbl.spaces"


def is_one_on_one_chat(conversation_id: str) -> bool:
    return conversation_id.endswith("@unq.gbl.spaces")


def thread_id(channel_id: str, root: str) -> str:
    """The conversation id of a channel's thread; `root` is the id of its first message."""
    return f"{channel_id}{_IN_THREAD}{root}"


def split_thread(conversation_id: str) -> tuple[str, str]:
    """The id without its thread, and the id of the thread's first message, or an empty text."""
    conversation, _, root = conversation_id.partition(_IN_THREAD)
    return conversation, root


def opaque_graph_id(*parts: str) -> str:
    """Graph's id of an installation, a definition or a member; Graph's pages call it opaque."""
    return base64.b64encode("##".join(parts).encode()).decode()


def operation_id(tenant_id: str, chat_id: str) -> str:
    """Graph's id of the operation that makes a chat."""
    return str(uuid.uuid5(uuid.UUID(tenant_id), chat_id))


def request_id(seed: str) -> str:
    """Graph's id of a request."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, seed))
