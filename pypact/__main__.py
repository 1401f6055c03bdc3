"""What does `python -m pypact` do? The same as the command `pypact`."""

from pypact.cli import main

main(prog_name="pypact")
