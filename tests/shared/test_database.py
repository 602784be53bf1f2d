"""A database that an older version of the program wrote."""

from __future__ import annotations

from sqlalchemy import create_engine

from samples.local_teams.model.world import World
from samples.shared.conversations import Conversations
from samples.shared.failure import Failure
from tests.support.remembering import URL, activities, remember

# -- a database of an older version ----------------------------------------------------------------

OLD = """
CREATE TABLE conversations (
  tenant_id VARCHAR NOT NULL, id VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  service_url VARCHAR NOT NULL, bot_id VARCHAR NOT NULL, user_id VARCHAR,
  aad_object_id VARCHAR, user_name VARCHAR, timezone VARCHAR, team_id VARCHAR,
  opted_out BOOLEAN NOT NULL, PRIMARY KEY (tenant_id, id))
"""


def test_a_database_of_an_older_version_gets_the_new_column(
    world: World, any_database: str
) -> None:
    with create_engine(any_database).begin() as connection:
        connection.exec_driver_sql(OLD)
        connection.exec_driver_sql(
            "INSERT INTO conversations VALUES "
            f"('{world.tenant_id}', 'a:1', 'personal', '{URL}', '28:bot', '29:ada', NULL, NULL, "
            "NULL, NULL, TRUE)"
        )
    conversations = Conversations(any_database)
    [kept] = conversations.all()
    assert (kept.id, kept.opted_out, kept.blocked) == ("a:1", True, False)
    refused = Failure(403, "MessageWritesBlocked", "")
    conversations.note_refusal(world.tenant_id, "a:1", refused)
    [again] = Conversations(any_database).all()  # opened a second time, nothing is to be added
    assert again.blocked
    said = activities(world, "Grace Hopper", "says", "", "hi")
    assert remember(conversations, said) == [True]
