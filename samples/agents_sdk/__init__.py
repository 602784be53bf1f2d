"""Sending with Microsoft 365 Agents SDK, a successor of botbuilder."""
