"""How tests read a page: what draws late is waited for, and nothing is called absent too early."""

from __future__ import annotations

import pytest

from samples.local_teams.testing import LocalTeams
from tests.support.browsing import Screen

LATE = """
    document.body.replaceChildren();
    setTimeout(() => {
      const made = Object.assign(document.createElement("button"), { disabled: true });
      document.body.append(made);
      setTimeout(() => {
        made.textContent = "Go";
        made.disabled = false;
        made.onclick = () => setTimeout(() => (made.textContent = "Gone"), 300);
      }, 300);
    }, 300);
"""


def test_a_page_that_draws_late_is_read_and_used_when_it_has_drawn(
    teams: LocalTeams, screen: Screen
) -> None:
    screen.open(f"{teams.service_url}_local/limits")
    screen.run(LATE)
    screen.click("button", "Go")
    assert screen.texts("button") == ["Gone"]
    screen.run(LATE)
    assert screen.count("button") == 1


def test_what_is_not_there_yet_is_not_taken_for_absent(teams: LocalTeams, screen: Screen) -> None:
    screen.open(teams.service_url)
    for early in (
        lambda: screen.texts(".said") == [],
        lambda: screen.count(".said") == 0,
        lambda: screen.text("#outcome") == "",
        lambda: screen.texts(".said").lacks("hello"),
        lambda: screen.hides("#wire"),
        screen.violations,
    ):
        with pytest.raises(AssertionError, match="first wait for something that comes"):
            early()
    screen.shows("nav")
    screen.hides("#wire")
    screen.click("#wire-switch")
    with pytest.raises(AssertionError, match="first wait for something that comes"):
        screen.hides("#wire")
