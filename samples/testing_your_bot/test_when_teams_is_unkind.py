"""What the greeting bot does when Teams delivers twice, loses something, or throttles."""

from greeting_bot import make_app


def test_what_comes_twice_is_greeted_twice(teams):
    teams.connect(make_app())
    teams.deliveries.duplicates = 2  # each activity comes twice from now on
    teams.person("Ada").says("hi")
    assert teams.chat("Ada").texts == ["Hello Ada Lovelace!"] * 2


def test_it_greets_when_teams_tries_again(teams):
    teams.connect(make_app())
    teams.deliveries.lost = 1  # the next delivery gets lost
    teams.fault(status=429, retry_after=1)  # the bot's next request is throttled, and it fails
    teams.person("Grace").says("hi")
    assert teams.chat("Grace").texts == ["Hello Grace Hopper!"]
