"""A bot that needs time to answer: it says so at once, and answers later."""
