"""The command line: python -m samples run | record | list."""

from samples.runner.cli import main

raise SystemExit(main())
