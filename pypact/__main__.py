"""Run the `pypact` command with `python -m pypact`."""

from pypact.cli import main

main(prog_name="pypact")
