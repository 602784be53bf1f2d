"""Finds, runs, records and plays samples against Local Teams: `python -m samples run to_person`."""
