"""The command line, one file a command.

The modules of this package import only typer at load; each command loads what it needs when it runs,
so that `seedsoil --help` answers at once.
"""

from seedsoil.cli.app import main

__all__ = ["main"]
