"""`python -m conformance.keys.generation [FOLDER]`: write the published vectors."""

import sys

from conformance.keys.generation.vector_files import main

main(sys.argv[1:])
