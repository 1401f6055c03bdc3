"""Count the Python calls of each main action.

Run it with `python bench/calls.py`. Unlike seconds, the calls of pypact's functions are
the same in each run on one interpreter with the same libraries. Those in all also count
what the clients do, which depends on the environment (`requests` reads each variable).
Each action runs once before it is counted.
"""

from __future__ import annotations

from functools import partial

import paths

ACTIONS = {
    "one warm requests.get in a block": paths.one_get,
    **{
        f"one warm call of {client} in a block": partial(paths.one_call, client=client)
        for client in paths.CALLS
    },
    "deciding on one undeclared call to this machine": paths.undeclared,
    "defining one interaction": paths.defining,
    "a whole block: define, enter, one get, write": paths.whole_block,
    "reading a contract of 1 interaction": paths.reading,
    "writing a contract of 20 interactions": paths.writing,
    "verifying 1 interaction": paths.verifying,
    "verifying 200 interactions": partial(paths.verifying, number=200),
    "matching 100 kB of JSON without rules": partial(paths.matching, with_rules=False),
    "matching 100 kB of JSON with 3 rules": partial(paths.matching, with_rules=True),
}


def main() -> None:
    """Count, and print."""
    print(f"{'Python calls':<48} {'of pypact':>10} {'in all':>10}")
    for name, make in ACTIONS.items():
        with paths.entered(make) as work:
            found = paths.count(work)
        print(f"{name:<48} {found.in_pypact:10,} {found.in_all:10,}")


if __name__ == "__main__":
    main()
