"""Sending with Teams SDK, a successor of botbuilder."""
