"""The greeting bot greets: run with pytest, which hands each test the fixture `teams`."""

from greeting_bot import make_app


def test_it_greets(teams):
    teams.connect(make_app())
    teams.person("Ada").install()
    teams.person("Ada").says("hi")
    assert teams.chat("Ada").texts == ["Write to me, and I greet you.", "Hello Ada Lovelace!"]
