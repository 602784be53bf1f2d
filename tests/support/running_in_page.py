"""Run in the page: a sample on a page of the site, as a reader uses it."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from typing import Any

from samples.runner.registry import find
from tests.support.browsing import Screen
from tests.support.pages import pages
from tests.support.waiting import Polled

PAGE = "send/to-a-person/"


class Sample(Screen):
    """Where a sample runs, on a page."""

    @classmethod
    def on(cls, page: Screen, sample: str) -> Sample:
        """On a page that does not have it, it is put there."""
        page.run(
            """
            const [, sample, file] = arguments;
            if (document.querySelector(`[data-run=${sample}]`)) return;
            const added = Object.assign(document.createElement("div"), { className: "added" });
            const block = document.createElement("div");
            const place = Object.assign(document.createElement("div"), { className: "run" });
            Object.assign(place.dataset, { run: sample, file });
            added.append(block, place);
            document.querySelector(".md-content article").append(added);
            dispatchEvent(new Event("run:mount"));
            """,
            sample,
            find(sample).path,
        )
        return cls(page, [[f"[data-run={sample}]", None]])

    @classmethod
    def anew(cls, page: Screen, sample: str, link: str = "") -> Sample:
        """On a page that has it and is open, with what the page shows as it came, by this link.

        Material does the same when a reader goes to the next page: Python, once loaded, stays.
        """
        page.run(
            """
            const [, link] = arguments;
            history.replaceState(history.state, "", location.pathname + link);
            return fetch(location.pathname).then((answer) => answer.text()).then((text) => {
              const came = new DOMParser().parseFromString(text, "text/html");
              const article = ".md-content article";
              document.querySelector(article).replaceWith(came.querySelector(article));
              dispatchEvent(new Event("run:mount"));
            });
            """,
            link,
        )
        return cls(page, [[f"[data-run={sample}]", None]])

    def push(self, label: str) -> None:
        self.click("button", label)

    def run_it(self, ends: str = "done") -> Sample:
        """Run it, and wait until the run has ended."""
        self.run("delete found[0].dataset.ended")
        self.push("Run")
        self.has_ended(ends)
        return self

    def agree_and_run(self) -> Sample:
        """Run code that came with a link for the first time, and wait until the run has ended."""
        self.push("Run")
        assert self.text("dialog").has("This code came with the link", "Run it?")
        self.push("Run it")
        self.has_ended("done")
        return self

    def has_ended(self, how: str) -> None:
        assert self.first_of("(one) => one.dataset.ended") == how

    def first_of(self, what: str) -> Polled[Any]:
        return self.value(f"return ({what})(found[0])")

    @property
    def arrived(self) -> Polled[dict[str, list[str]]]:
        """The texts that are drawn, by the title of the conversation."""
        return self.value(
            """
            return Object.fromEntries([...found[0].querySelectorAll("teams-conversation")].map(
              ({ shadowRoot }) => [
                shadowRoot.querySelector("header").textContent,
                [...shadowRoot.querySelectorAll(".said")].map((one) => one.textContent),
              ]));
            """
        )

    def write(self, text: str) -> None:
        """Put a text into the editor, as if it were typed."""
        self.run("found[0].sample.editor.text = arguments[1]", text)


def linked(file: str, code: str) -> str:
    """The end of a link with code, as run.js writes it."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = deflate.compress(code.encode()) + deflate.flush()
    return f"#run={file}~{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def editing(sample: Sample, text: str) -> Sample:
    """The sample, with another text in its editor."""
    sample.push("Edit")
    sample.write(text)
    return sample


def with_button(site: Path) -> set[str]:
    """The samples that a page lets run."""
    return {
        str(place["data-run"])
        for page in pages(site).values()
        for place in page.select("[data-run]")
    }
