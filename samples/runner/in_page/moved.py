"""Finds modules by the names that they had when they lay in samples/ itself.

Code in a link is as old as the link, and imports what there was then: `from samples.bot import …`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from samples.runner import registry

# Today's modules for each old one; a module that was split has several. Samples are not in here:
# the registry knows them.
MOVED = {
    "samples.bot": (
        "samples.shared.bot",
        "samples.shared.settings",
        "samples.shared.credentials",
        "samples.shared.transport",
        "samples.shared.fast",
    ),
    "samples.booking": ("samples.well.fit_in.booking", "samples.well.fit_in.storage"),
    "samples.broadcast.lists": ("samples.shared.bulk.lists",),
    "samples.broadcast.message": ("samples.shared.bulk.message",),
    "samples.broadcast.recipients": ("samples.shared.bulk.recipients",),
    "samples.broadcast.sending": ("samples.shared.bulk.sender",),
    "samples.conversations": ("samples.shared.conversations",),
    "samples.delivery": (
        "samples.shared.failure",
        "samples.shared.retrying",
        "samples.shared.sending",
    ),
    "samples.drain": ("samples.shared.bulk.drain",),
    "samples.endpoint": ("samples.shared.endpoint",),
    "samples.graph": ("samples.shared.graph",),
    "samples.outbox": ("samples.shared.bulk.outbox", "samples.shared.bulk.rows"),
    "samples.pace": ("samples.shared.bulk.pace",),
    "samples.report": ("samples.shared.bulk.report",),
    "samples.service_urls": ("samples.shared.service_urls",),
    "samples.settings": ("samples.shared.settings",),
}
# Names that are called otherwise today, each with its module, old and new:
# "samples.bot.connect": "samples.shared.bot.connect_to_teams".
RENAMED = {
    "samples.bot.Settings": "samples.shared.credentials.Credentials",
    "samples.drain.Do": "samples.shared.bulk.attempt.Handler",
    "samples.graph.credential": "samples.shared.credentials.graph_credential",
    "samples.outbox.Busy": "samples.shared.bulk.locks.Busy",
    "samples.price_alert.watches.money": "samples.well.price_alert.inputs.parse_price",
    "samples.price_alert.watches.named": "samples.well.price_alert.inputs.parse_product",
    "samples.report.report": "samples.shared.bulk.report.summary_lines",
}


def today(name: str) -> tuple[str, ...]:
    """Today's modules for an old name; empty for a name that no module had."""
    if name in MOVED:
        return MOVED[name]
    first, *inside = name.removeprefix("samples.").split(".")
    for sample in registry.samples().values():
        if first in (sample.stem, *sample.old_names):
            return (".".join([sample.module, *inside]),)
    return ()


class Moved(MetaPathFinder, Loader):
    """Gives each old module as one whose attributes are those of today's modules.

    Attributes:
        found: the old names that were imported.
    """

    def __init__(self) -> None:
        self.found: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        known = fullname.startswith("samples.") and today(fullname)
        return ModuleSpec(fullname, self, is_package=True) if known else None

    def exec_module(self, module: ModuleType) -> None:
        """Import today's modules, so that one that is missing fails here.

        Raises:
            ModuleNotFoundError: there is no such module today either.
        """
        old = module.__name__
        self.found.add(old)
        modules = [import_module(name) for name in today(old)]

        def find(name: str) -> Any:
            if new := RENAMED.get(f"{old}.{name}"):
                place, _, attribute = new.rpartition(".")
                return getattr(import_module(place), attribute)
            for one in modules:
                if hasattr(one, name):
                    return getattr(one, name)
            raise AttributeError(f"{old} is {' and '.join(today(old))} today: no {name} is in it.")

        vars(module)["__getattr__"] = find


@contextmanager
def old_names() -> Iterator[None]:
    """Let imports find modules by their old names, until the block ends."""
    finder = Moved()
    # First: an older checkout may have left folders of the old names, with nothing but __pycache__.
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in finder.found & sys.modules.keys():
            parent, _, child = name.rpartition(".")
            vars(sys.modules.get(parent, finder)).pop(child, None)
            del sys.modules[name]
