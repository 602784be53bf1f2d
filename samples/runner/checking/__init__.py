"""python -m samples check: what is wrong with the settings, the package and the registration."""
