"""Run `python -m pypact.compat.pactman`."""

import sys

from pypact.compat.pactman.verifier.command_line import main

sys.exit(main())
