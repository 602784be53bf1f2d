"""A bot that watches prices for people and tells them when one changes."""
