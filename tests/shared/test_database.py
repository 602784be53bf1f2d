"""A database that an older version of the program wrote."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from psycopg import errors
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from samples.local_teams.model.world import World
from samples.shared.conversations import Conversation, Conversations
from samples.shared.database import damage, make_tables
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


# -- a database that cannot be used ----------------------------------------------------------------


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_without_a_file_is_refused(url: str) -> None:
    """Each thread would have one of its own, and lose it."""
    with pytest.raises(SystemExit, match=r"names no file. Write, for example, sqlite:///conv"):
        Conversations(url)


def test_a_new_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    Conversations(f"sqlite:///{tmp_path}/new.db")
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///{0}/none/x.db", "unable to open database file. Its folder must exist"),
        ("sqlite:///{0}", "unable to open database file. Its folder must exist"),
        ("sqlite:///{0}/text.db", "file is not a database. Name a SQLite database"),
        ("sqlite:///file:{0}/empty.db?mode=ro&uri=true", "This account must be able to write"),
        ("sqlite:///{0}/other.db", "its table conversations has no column tenant_id"),
        ("sqlite:///{0}/bad.db", "Restore a copy of it."),
        ("sqlite:///{0}/letters.db", "Could not decode to UTF-8 column 'name'"),
        ("nonsense", "The URL of the database is not one"),
        ("sqlite://a:b@c:d/e", "The URL of the database is not one"),
        ("oracle9://x", "The URL of the database is not one"),
        ("mysql://ada:secret@127.0.0.1/x", "needs a library that is not installed"),
    ],
)
def test_what_waiting_does_not_mend_is_said_in_a_sentence(
    tmp_path: Path, url: str, reason: str
) -> None:
    (tmp_path / "text.db").write_text("This is a text and not a database." * 100)
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE x (a)")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE conversations (a)")
    bad = sqlite3.connect(tmp_path / "bad.db")
    bad.executescript("CREATE TABLE x (a); CREATE INDEX y ON x (a)")
    bad.close()
    with (tmp_path / "bad.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    Conversations(f"sqlite:///{tmp_path}/whole.db")
    whole = (tmp_path / "whole.db").read_bytes()
    (tmp_path / "letters.db").write_bytes(whole.replace(b"opted_out", b"opted\x83out"))
    with pytest.raises(SystemExit) as refused:
        Conversations(url.format(tmp_path))
    assert reason in str(refused.value) and "secret" not in str(refused.value)


def test_an_error_whose_own_text_is_damaged_is_damage() -> None:
    """Python cannot read what SQLite says of a table whose definition is damaged."""
    with pytest.raises(UnicodeDecodeError) as error:
        b"near \xff".decode()
    assert damage(error.value).endswith("invalid start byte. Restore a copy of it.")


def test_a_locked_database_is_not_damaged(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    engine = create_engine(f"sqlite:///{tmp_path}/x.db", connect_args={"timeout": 0})
    with pytest.raises(OperationalError, match="locked") as error, engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE x (a)")
    assert damage(error.value) == ""
    with pytest.raises(OperationalError, match="locked"):  # for the caller to try again
        make_tables(engine, Conversation.metadata)
    holder.close()


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (errors.InvalidPassword("no"), "Check the user and the password in its URL."),
        (errors.InsufficientPrivilege("no"), "or the user may not change them."),
        (errors.OperationalError("password authentication failed"), "Check the user and the"),
        (errors.OperationalError('database "x" does not exist'), "Create the database"),
        (errors.OperationalError("connection refused"), ""),
        (errors.DiskFull("no"), ""),
    ],
)
def test_what_postgresql_refuses_for_good_is_told_from_what_waiting_mends(
    error: errors.Error, remedy: str
) -> None:
    said = damage(OperationalError("SELECT 1", {}, error))
    assert remedy in said and bool(said) == bool(remedy)
