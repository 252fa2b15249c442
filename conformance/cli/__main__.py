"""`python -m conformance.cli`."""

from conformance.cli.main import main

main()
