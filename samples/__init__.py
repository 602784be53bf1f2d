"""Proactive messages with a Microsoft Teams bot: one scenario a file, each complete."""
