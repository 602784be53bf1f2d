"""People and groups, as Microsoft Graph returns them."""

from __future__ import annotations

from ...model.exchange import Refused
from ...model.people import Group, Person
from ...model.world import World
from ..service import Answer
from .parts import Asked, refuse
from .shapes import Item, Type

# Properties that a directory object has only when $select names them.
_ASKED_FOR = {
    "accountEnabled": True,
    "city": None,
    "companyName": None,
    "country": None,
    "department": None,
    "employeeId": None,
    "identities": None,
    "postalCode": None,
    "state": None,
    "streetAddress": None,
    "usageLocation": None,
    "userType": "Member",
}
_USER = Type("microsoft.graph.user", on_request=frozenset(_ASKED_FOR))
_GROUP = Type("microsoft.graph.group")
_DIRECTORY_OBJECT = Type("microsoft.graph.directoryObject", on_request=_USER.on_request)


def _upn(person: Person) -> str:
    return str(person.profile.get("userPrincipalName", person.email))


def user(world: World, key: str) -> Person | None:
    """The person with this Entra object id or user principal name, or None."""
    if "@" in key:
        found = world.person_by_upn(key)
        return found or next((p for p in world.people if _upn(p).lower() == key.lower()), None)
    return None if key.startswith("29:") else world.person(key)


def find_user(world: World, key: str) -> Person:
    """The same for a call of the directory.

    Raises:
        Refused: there is none.
    """
    if (person := user(world, key)) is None:
        raise _no_resource(key)
    return person


def find_teams_user(world: World, key: str) -> Person:
    """The same for a call of Teams.

    Raises:
        Refused: there is none; Teams says only `Not Found`.
    """
    if (person := user(world, key)) is None:
        raise refuse(404, "NotFound", "Not Found")
    return person


def _no_resource(key: str) -> Refused:
    return refuse(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def _user_item(person: Person) -> Item:
    given, _, surname = person.name.partition(" ")
    known: Item = {
        "businessPhones": [],
        "displayName": person.name,
        "givenName": given,
        "jobTitle": None,
        "mail": person.email,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname,
        "userPrincipalName": person.email,
        **_ASKED_FOR,
    }
    return {**known, **person.profile, "id": person.aad_object_id}


def get_user(asked: Asked, key: str) -> Answer:
    return 200, asked.one(_user_item(find_user(asked.world, key)), _USER, "users")


def list_users(asked: Asked) -> Answer:
    people = [_user_item(person) for person in asked.world.people]
    return 200, asked.many(people, _USER, "users", count=False)


def me(asked: Asked) -> Answer:
    raise refuse(400, "BadRequest", "/me request is only valid with delegated authentication flow.")


def _groups(world: World) -> list[Group]:
    """The groups of the directory; every team is one too."""
    teams = [Group(t.aad_group_id, t.name, t.members) for t in world.teams]
    return [*world.groups, *teams]


def _find_group(world: World, key: str) -> Group:
    found = next((g for g in _groups(world) if g.id.lower() == key.lower()), None)
    if found is None:
        raise _no_resource(key)
    return found


def _group_item(group: Group) -> Item:
    return {
        "id": group.id,
        "displayName": group.name,
        "description": None,
        "groupTypes": [],
        "mail": None,
        "mailEnabled": False,
        "mailNickname": group.name.replace(" ", ""),
        "securityEnabled": True,
    }


def get_group(asked: Asked, key: str) -> Answer:
    return 200, asked.one(_group_item(_find_group(asked.world, key)), _GROUP, "groups")


def _below(group: Group, seen: dict[str, Item], *, deep: bool) -> None:
    """Collect who and what is in a group, each once."""
    for person in group.members:
        item = {"@odata.type": "#microsoft.graph.user", **_user_item(person)}
        seen.setdefault(person.aad_object_id, item)
    for inner in group.groups:
        if inner.id not in seen:
            seen[inner.id] = {"@odata.type": "#microsoft.graph.group", **_group_item(inner)}
            if deep:
                _below(inner, seen, deep=True)


def group_members(
    asked: Asked, key: str, which: str, cast: str | None, count: str | None
) -> Answer:
    """`members` or `transitiveMembers`, all or of one kind, listed or counted.

    Without a permission to read people, it returns only their ids.
    """
    seen: dict[str, Item] = {}
    _below(_find_group(asked.world, key), seen, deep=which.lower() == "transitivemembers")
    found = list(seen.values())
    if asked.world.granted.isdisjoint(_READS_PEOPLE):
        found = [
            {k: v if k in ("@odata.type", "id") else None for k, v in item.items()}
            for item in found
        ]
    kind, path = _DIRECTORY_OBJECT, "directoryObjects"
    if cast:
        found = [item for item in found if item["@odata.type"][1:].lower() == cast.lower()]
        for item in found:
            del item["@odata.type"]
        kind, path = (_USER, "users") if cast.lower().endswith("user") else (_GROUP, "groups")
    if count:
        return 200, len(found)
    return 200, asked.many(found, kind, path, count=False)


_READS_PEOPLE = {
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
}
