"""Read the people in an Entra group through Microsoft Graph, as a list of recipients."""

from __future__ import annotations

from urllib.parse import quote

from samples.shared.bulk.lists import Listed
from samples.shared.graph import Graph


async def people_in(graph: Graph, *, group_id: str) -> list[Listed]:
    """Everybody in a group and in the groups inside it, with their names.

    Raises:
        GraphError: Graph refused or cannot be reached.
    """
    members = f"/groups/{quote(group_id)}/transitiveMembers/microsoft.graph.user"
    return [
        Listed("the group", person["id"].lower(), {"name": person["displayName"] or ""})
        async for person in graph.everything(members, {"$select": "id,displayName", "$top": "999"})
    ]
