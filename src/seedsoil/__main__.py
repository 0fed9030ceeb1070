"""`python -m seedsoil` is the command line."""

import sys

from seedsoil.cli import main

if __name__ == "__main__":
    sys.exit(main())
