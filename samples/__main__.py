"""The command line: python -m samples run | check | package | new | record | list."""

from samples.runner.cli import main

raise SystemExit(main())
