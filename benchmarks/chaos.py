"""What becomes of mentions while processes are killed and Slack misbehaves, in figures.

``python benchmarks/chaos.py [--database sqlite|postgres] [--transport http|socket] [--mentions 2000] [--kills 20]
[--pace 1] [--seed …]``: the run of tests/test_chaos.py, at the pace that Slack allows. SQLite has one process, PostgreSQL two.
Exits with 1 if the promise of docs/delivery.md was not kept.
"""

import argparse
import secrets
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import postgres
from chaos import Plan, run


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--transport", choices=("http", "socket"), default="http")
    parser.add_argument("--mentions", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given = parser.parse_args()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos")))
        url, processes = f"sqlite:///{home / 'state.sqlite3'}", 1
        if given.database == "postgres":
            url, processes = postgres.new_database(stack.enter_context(postgres.server()), "chaos"), 2
        chosen = {name: getattr(given, name) for name in ("transport", "mentions", "kills", "pace", "seed")}
        plan = Plan(url=url, processes=processes, **chosen)
        tally = run(plan, home)
    print("\n".join(f"{name:14} {value}" for name, value in {"database": given.database, **chosen}.items()))
    print(tally)
    print(*(f"not kept: {what}" for what in tally.wrong()), sep="\n")
    return 1 if tally.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
