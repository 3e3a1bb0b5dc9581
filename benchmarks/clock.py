"""What becomes of daily posts while clocks are killed and Slack misbehaves, in figures.

``python benchmarks/clock.py [--database sqlite|postgres] [--clocks 3] [--subscriptions 50] [--days 30] [--kills 20]
[--faulty 0.1] [--racing] [--seed …]``: the run of tests/test_clocks.py. Exits with 1 if something was posted twice, missed,
or is in doubt without a reason.
"""

import argparse
import secrets
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import postgres
from clocks import Plan, run


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--clocks", type=int, default=3)
    parser.add_argument("--subscriptions", type=int, default=50)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--faulty", type=float, default=0.1)
    parser.add_argument("--racing", action="store_true")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clock")))
        url = f"sqlite:///{home / 'state.sqlite3'}"
        if given.database == "postgres":
            url = postgres.new_database(stack.enter_context(postgres.server()), "clock")
        chosen = {name: getattr(given, name) for name in ("clocks", "subscriptions", "days", "kills", "faulty", "seed")}
        tally = run(Plan(url=url, turns=not given.racing, **chosen), home)
    print(
        "\n".join(f"{name:14} {value}" for name, value in {"database": given.database, "racing": given.racing, **chosen}.items())
    )
    print(tally)
    print(*(f"not kept: {what}" for what in tally.wrong()), sep="\n")
    return 1 if tally.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
