"""The alert bot writes to the person whom a program names."""

import requests
from alert_bot import make_app


def test_an_alert_reaches_the_person(teams):
    teams.connect(make_app())
    ada = teams.person("Ada")
    ada.install()
    alert = {"user": ada.aad_object_id, "text": "The build failed."}
    assert requests.post(f"{teams.bot_url}api/alert", json=alert).status_code == 202
    assert teams.chat("Ada").texts == ["The build failed."]


def test_who_has_not_installed_it_gets_nothing(teams):
    teams.connect(make_app())
    alert = {"user": teams.person("Barbara").aad_object_id, "text": "The build failed."}
    assert requests.post(f"{teams.bot_url}api/alert", json=alert).status_code == 404
    assert teams.chat("Barbara").texts == []
