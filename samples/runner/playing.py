"""Plays a story: starts its bot, lets its steps happen, stops the bot."""

from __future__ import annotations

from typing import TextIO

from samples.local_teams.events.actions import UserAction, perform
from samples.local_teams.testing import LocalTeams
from samples.runner.bot_process import BotProcess, said_by_bot
from samples.runner.stories import Story


def play(teams: LocalTeams, story: Story, variables: dict[str, str], *, say: TextIO) -> None:
    """Start the story's bot, play the steps one after another, and stop the bot.

    Raises:
        SystemExit: the bot does not start, refuses a request or sends nothing in time.
    """
    with BotProcess(story.bot, variables, say) as bot:
        for step in story.steps:
            if step.get("restart"):
                bot.kill()
                bot.start()
            elif "wait" in step:
                bot.wait_for(teams, step["wait"])
            elif "call" in step:
                bot.post(
                    step["call"], step.get("json", {}), step.get("headers"), step.get("expect")
                )
                bot.seen = said_by_bot(teams)
            else:
                for activity in perform(
                    teams.world, UserAction(**step), service_url=teams.service_url
                ):
                    signed = teams.authority.sign(activity) if teams.authority else ""
                    bot.post("/api/messages", activity, {"Authorization": signed} if signed else {})
                bot.seen = said_by_bot(teams)
