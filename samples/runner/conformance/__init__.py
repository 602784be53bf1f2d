"""Puts the same probes to Teams and to Local Teams, and compares the answers."""
