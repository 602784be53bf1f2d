"""The playground, as a reader uses it: talk to a bot, install, block, throttle, change its code."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from samples.runner.registry import find
from tests.support import ROOT
from tests.support.browsing import TELEPHONE, Screen
from tests.support.running_in_page import linked
from tests.support.serving import served
from tests.support.waiting import Polled

STEP = ".playground-steps > li > button"
GO = ".playground-start"
SIZE = (1280, 1400)
# How far what a reader looks at has moved without being asked to, summed up.
SHIFT = """
return (async () => {
  const moved = [];
  const observer = new PerformanceObserver((list) => moved.push(...list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  for (const _ of "12") await new Promise((done) => requestAnimationFrame(done));
  observer.disconnect();
  const own = moved.filter(({ hadRecentInput }) => !hadRecentInput);
  return own.reduce((sum, { value }) => sum + value, 0);
})();
"""
SENT = "And this continues the thread that you wrote in."


class Playground(Screen):
    """The page, with what a reader does on it."""

    @property
    def teams(self) -> Screen:
        """Inside the frame, where Local Teams' page is."""
        return self.frame(".playground iframe")

    @property
    def status(self) -> Polled[str]:
        return self.text(".playground > .run-bar .run-status")

    @property
    def printed(self) -> Polled[str]:
        """What the bot printed when somebody talked to it."""
        return self.text(".playground-story > :last-child .run-printed")

    @property
    def messages(self) -> Polled[list[str]]:
        """The messages of the open chat."""
        return self.teams.each(".message:not(.failed) .said", "(one) => one.textContent")

    def show(self, url: str) -> Playground:
        self.resize(SIZE)
        self.open(f"{url}playground/")
        self.edits("samples/prepare/proactive_bot.py")
        return self

    def anew(self) -> Playground:
        """With the first sample as it came, and no bot. What happened in the world stays."""
        self.resize(SIZE)
        self.choose("proactive_bot")
        return self

    def edits(self, label: str) -> None:
        """Wait for this code, in the editor or as it came."""
        self.shows(f'.playground [aria-label^="The code of {label}"]')

    def choose(self, sample: str) -> None:
        self.run(
            """
            const choice = document.querySelector(".playground select");
            choice.value = arguments[1];
            choice.dispatchEvent(new Event("change"));
            """,
            sample,
        )
        self.edits(f"samples/{find(sample).path}")
        # The bot that ran has stopped.
        self.first(".playground button", "(one) => one.disabled", "Stop").when(bool)

    def start(self, ends: str = "The bot runs: talk to it.") -> None:
        self.run("document.querySelector('.playground > .run-bar .run-status').textContent = ''")
        self.click(GO)
        assert self.status == ends

    def push(self, label: str) -> None:
        self.click(".playground button", label)

    def let_all_happen(self) -> list[str]:
        """Press the buttons of the story, one after another; what they are called."""
        labels = self.texts(STEP).when(lambda texts: texts and all(texts))
        for number in range(len(labels)):
            self.click(STEP, nth=number)
            done = self.each(STEP, "(one) => one.classList.contains('run-done')")
            assert done == [True] * (number + 1) + [False] * (len(labels) - number - 1)
        return labels

    def write(self, text: str) -> None:
        """Put this code into the editor, as if it were typed."""
        self.run("return document.querySelector('.playground .run').sample.edit()")
        self.run(
            "document.querySelector('.playground .run').sample.editor.text = arguments[1]", text
        )

    def change(self, old: str, new: str) -> None:
        """Change the code, as if it were typed."""
        code = self.value(
            "return document.querySelector('.playground .run').sample?.code() ?? ''"
        ).when(lambda code: old in code)
        self.write(code.replace(old, new))

    def chat(self, name: str) -> None:
        """Open somebody's chat."""
        rows = f"//button[contains(@class, 'row')][.//*[starts-with(text(), '{name}')]]"
        self.teams.run(
            "document.evaluate(arguments[1], document, null, 9, null).singleNodeValue.click()", rows
        )
        assert self.teams.text("#place-name") == name

    def has_a_new_world(self) -> None:
        """Nothing of what happened before: Grace has no message."""
        self.chat("Grace Hopper")
        assert self.teams.within("teams-conversation").text(".none") == "Nothing here yet."

    def say(self, text: str) -> None:
        """Write in the open chat, and wait until the message is delivered to the bot."""
        self.teams.type("#text", text)
        self.teams.click("#compose button.main")
        left = "(one) => one.value ? 'being sent' : 'sent'"
        assert self.teams.first("#text", left) == "sent"


@pytest.fixture
def opened(runs_samples: str, screen: Screen) -> Playground:
    """The page, as it is when it has just been opened."""
    return Playground(screen).show(runs_samples)


@pytest.fixture
def playground(runs_samples: str, screen: Screen) -> Playground:
    """The page, which stays open with its Python and its world: each test needs its own people."""
    page = Playground(screen)
    if screen.choose_tab("playground"):
        return page.show(runs_samples)
    return page.anew()


def test_a_bot_is_talked_to_and_its_code_changed(playground: Playground) -> None:
    playground.start()
    playground.chat("Grace Hopper")
    playground.say("hello")
    before = ["hello", "Hello Grace Hopper. You wrote to me; I answer you here too."]
    assert playground.messages == [*before, SENT]
    assert playground.printed == "sent in private\nsent in the thread"
    playground.change("You wrote to me;", "So you wrote;")
    playground.start()
    playground.say("again")
    # The chat is still there, and it is the changed code that answers.
    assert playground.messages == [
        *before,
        SENT,
        "again",
        "Hello Grace Hopper. So you wrote; I answer you here too.",
        SENT,
    ]
    playground.push("Stop")
    assert playground.status == "Stopped."
    playground.say("and now?")
    assert playground.teams.text("#outcome") == "No bot runs: start one."
    assert playground.value(SHIFT) <= 0.05
    hosts = {urlsplit(one).hostname for one in playground.requests()}
    assert hosts <= {"127.0.0.1", None}
    assert playground.complaints() == []


def test_what_a_step_did_and_what_teams_refused_show_below_it(playground: Playground) -> None:
    playground.start()
    playground.chat("Ada Lovelace")
    teams = playground.teams
    teams.click("button", "Block the bot")
    teams.shows("button", "Unblock the bot")
    playground.click(STEP)
    here = playground.within(".playground-steps > :first-child .playground-result")
    refused = "403 MessageWritesBlocked: not delivered: “Hello Ada Lovelace."
    assert here.text().has(f"Releases got “{SENT}”", "sent in the thread", refused)
    assert teams.text("#place-name") == "Releases"  # it opens
    assert playground.focused().has("Barbara Liskov joins Engineering")
    primary = playground.texts(".playground .run-button--go")
    assert primary == ["Barbara Liskov joins Engineering"]
    assert playground.status == "Not delivered: 403 MessageWritesBlocked"
    row = playground.first(".playground > .run-bar .run-status a", "(one) => one.href")
    assert row.has("/reference/errors-and-limits/#403-messagewritesblocked")
    assert teams.text("#wire-switch .count", hidden=True) == "1 failed"
    playground.chat("Ada Lovelace")
    assert teams.texts(".failed strong") == ["Not delivered: 403 MessageWritesBlocked"]
    assert teams.first(".failed a", "(one) => one.href") == row.when(bool)
    teams.click("button", "Unblock the bot")
    teams.shows("button", "Block the bot")


@pytest.mark.prove  # ten seconds, most of which are for the start of the second bot
def test_install_block_and_throttle(playground: Playground) -> None:
    playground.choose("welcome")
    playground.start()
    playground.chat("Barbara Liskov")
    teams = playground.teams
    teams.click("button", "Install the app")
    assert playground.messages.matches(r"\['[^']*Contoso[^']*'\]")
    playground.choose("proactive_bot")
    playground.start()
    playground.chat("Alan Turing")
    teams.click("button", "Block the bot")
    teams.shows("button", "Unblock the bot")
    playground.say("hello")
    assert playground.printed.has("403 MessageWritesBlocked")
    assert playground.messages == ["hello"]
    teams.click("button", "Unblock the bot")
    teams.shows("button", "Block the bot")
    teams.click("#faults summary")
    teams.select("#faults select", "429, without Retry-After")
    teams.click("#faults button.main")
    assert teams.count("#faults li") == 1
    teams.click("#faults summary")
    teams.click("#wire-switch")
    playground.say("hello again")
    assert teams.text("#wire ol").has("429")
    assert teams.count("#faults li") == 0  # it failed once, as asked for
    teams.click("#wire-close")


@pytest.mark.prove
def test_a_story_happens_step_by_step(opened: Playground) -> None:
    opened.choose("price_alert")
    opened.start()
    labels = opened.let_all_happen()
    assert "Ada Lovelace says “watch desk lamp”" in labels
    assert "Kill the bot and start it again" in labels
    opened.chat("Ada Lovelace")
    assert opened.messages.when(lambda said: any("39.00" in text for text in said))
    opened.choose("digest")  # a program, whose bot is another sample
    opened.start()
    assert opened.let_all_happen()[-1] == "Run the program"
    printed = opened.text(".playground-steps > :last-child .run-printed")
    assert printed.has("1 sent, 1 blocked")
    assert printed.lacks("Unclosed")


@pytest.mark.prove  # on a sample's own page a program runs in every run of the tests
def test_a_program_sends_once(playground: Playground) -> None:
    playground.choose("to_person")
    playground.start("It has run.")
    playground.chat("Ada Lovelace")
    assert playground.messages == ["The report you asked for is ready."]  # Ada's first message
    playground.change('setting("TEAMS_TENANT_ID")', '"none"')
    playground.start("It ended with an error. 400 BadSyntax")
    assert playground.text(".playground-result .run-error").has(
        "Not sent. Teams answered 400 BadSyntax"
    )
    assert playground.text(".playground").has("in the table of errors")
    playground.push("Reset")
    playground.start("It has run.")


@pytest.mark.prove
def test_a_bot_that_hangs_is_stopped(playground: Playground) -> None:
    playground.write("while True: pass")
    playground.click(GO)
    assert playground.status == "starting …"
    playground.push("Stop")
    assert playground.status == "Stopped. It did not stop by itself, so the world begins anew."
    playground.push("Reset")
    playground.start()
    playground.has_a_new_world()


@pytest.mark.prove
def test_the_world_begins_anew(opened: Playground) -> None:
    opened.start()
    opened.chat("Grace Hopper")
    opened.say("hello")
    assert opened.messages.has("hello", SENT)
    opened.push("Begin anew")
    assert opened.status == "Everybody's chats are empty again."
    opened.start()
    opened.has_a_new_world()


@pytest.mark.prove
def test_a_bot_that_hangs_in_a_step_is_stopped(opened: Playground) -> None:
    body = "        activity = turn_context.activity\n"
    opened.change(body, "        while True: pass\n")
    opened.start()
    opened.click(STEP)
    opened.push("Stop")
    assert opened.status == "Stopped. It did not stop by itself, so the world begins anew."
    assert opened.each(STEP, "(one) => one.disabled").lacks(False)


@pytest.mark.prove
def test_what_was_not_loaded_is_loaded_at_the_next_start(
    site: Path, tmp_path: Path, screen: Screen
) -> None:
    there = tmp_path / "site"
    shutil.copytree(site, there)
    base = there / "assets/run/base.zip.deflate"
    away = base.rename(tmp_path / base.name)
    with served(there) as url:
        opened = Playground(screen).show(url)
        opened.start("base.zip.deflate could not be loaded: 404")
        assert opened.count("iframe") == 0
        away.rename(base)
        opened.run(  # twice at once is as good as once
            "for (const _ of '12') document.querySelector('.playground .run-button--go').click()"
        )
        assert opened.status == "The bot runs: talk to it."
        opened.chat("Ada Lovelace")
        opened.say("hello")
        assert opened.messages.has("hello")
        opened.open("about:blank")  # before its server ends


@pytest.mark.prove
def test_a_sample_is_opened_with_the_readers_changes(runs_samples: str, screen: Screen) -> None:
    screen.open(f"{runs_samples}send/to-a-person/")
    here = screen.within("[data-run=to_person]")
    here.click("button", "Edit")
    here.run("found[0].sample.editor.text = 'print(1)'")
    here.click("button", "Open in playground")
    assert screen.address().has("/playground/")
    opened = Playground(screen)
    opened.edits("samples/send/to_person.py")
    assert opened.text(".cm-content") == "print(1)"
    assert opened.text(".playground-code .run-status", hidden=True).lacks("came with the link")
    assert opened.first("select", "(one) => one.selectedOptions[0].text") == "Send to a person"


@pytest.mark.prove
def test_the_code_of_a_link_runs_in_a_sandbox(runs_samples: str, screen: Screen) -> None:
    sample = (ROOT / "samples/prepare/proactive_bot.py").read_text("utf-8")
    code = sample.replace("\nfrom", "\nimport js\nprint(js.self.origin)\nfrom", 1)
    screen.open(f"{runs_samples}playground/{linked('prepare/proactive_bot.py', code)}")
    opened = Playground(screen)
    opened.edits("samples/prepare/proactive_bot.py")
    opened.click(GO)
    opened.push("Cancel")
    assert opened.text(".playground-code .run-status") == "Not run."
    opened.click(GO)
    opened.push("Run it")
    assert opened.status == "The bot runs: talk to it."
    opened.chat("Grace Hopper")
    opened.say("hello")
    assert opened.messages.has("hello", SENT)
    assert opened.text(".playground-story > :first-child .run-printed") == "null"


@pytest.mark.prove
def test_the_playground_can_be_used_by_everyone(opened: Playground) -> None:
    opened.start()
    opened.chat("Ada Lovelace")
    dark = opened.teams.value("return getComputedStyle(document.documentElement).colorScheme")
    for scheme, inside in (("default", "light"), ("slate", "dark")):
        opened.wear(scheme)
        assert dark == inside
        assert opened.violations() == [], scheme
    opened.resize(TELEPHONE)
    assert opened.width() <= TELEPHONE[0]
