"""What tests of Run in the page start from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.runner.registry import Registry
from tests.support.in_page import Heard, readers


@pytest.fixture(autouse=True)
def modules_as_before() -> Iterator[None]:
    """A run imports the samples anew; the tests that come after it have those of before."""
    before = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] == "samples"}
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "samples"]:
        del sys.modules[name]
    sys.modules.update(before)
    for name, module in before.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(before[parent], child, module)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def written(tmp_path: Path) -> Registry:
    """A registry with a sample that a reader writes."""
    return readers(tmp_path)
