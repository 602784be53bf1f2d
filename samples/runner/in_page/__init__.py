"""Runs samples in a page, inside the browser: `await in_page.run("to_person", world, say, …)`."""

from samples.runner.in_page.page import Page, run
from samples.runner.in_page.playground import Playground

__all__ = ["Page", "Playground", "run"]
