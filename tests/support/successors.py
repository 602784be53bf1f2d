"""What tests of botbuilder's successors share."""

from __future__ import annotations

import pytest

# The Teams SDK makes a client of its own that it calls deprecated, and a part that is in preview;
# the Agents SDK uses strings as keys of aiohttp.
QUIET = [
    pytest.mark.filterwarnings("ignore:The bot client is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:HtmlWidgetSecurityPolicy is in preview:FutureWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning"),
]
