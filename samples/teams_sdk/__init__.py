"""Sending with Teams SDK, a successor of botbuilder."""

import warnings

# The SDK's import warns of a part that is in preview, and that no sample uses.
warnings.filterwarnings("ignore", "HtmlWidgetSecurityPolicy is in preview", FutureWarning)
