"""How long a command takes as a whole process, as the shell sees it.

``python benchmarks/process.py [--times 10]`` runs each command so many times and prints the median wall time and processor
time, then which imports of ``natobot ask`` take longest. The budget is 300 ms for ``natobot ask``.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BUDGET = 300.0
QUESTION = "When did NATO take command of ISAF?"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "natobot --help": ["-m", "natobot", "--help"],
    "natobot ask": ["-m", "natobot", "ask", QUESTION],
    "natobot ask --json": ["-m", "natobot", "ask", "--json", QUESTION],
    "natobot ask --no-cards": ["-m", "natobot", "ask", "--no-cards", QUESTION],
    "natobot today": ["-m", "natobot", "today", "--date", "2026-07-08"],
}
SHOWN = 5


def run(arguments: list[str], env: dict[str, str], *options: str) -> tuple[float, float, str]:
    """Wall and processor milliseconds of a process, and its error output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    result = subprocess.run([sys.executable, *options, *arguments], env=env, capture_output=True, text=True, check=False)
    wall = (time.perf_counter() - start) * 1000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    if result.returncode > 1:
        raise SystemExit(result.stderr)
    return wall, processor, result.stderr


def imports(arguments: list[str], env: dict[str, str]) -> list[tuple[float, float, str]]:
    """Own milliseconds, milliseconds with everything below, and name of each import, the slowest first."""
    found = []
    for line in run(arguments, env, "-X", "importtime")[2].splitlines():
        own, below, name = (part.strip() for part in line.removeprefix("import time:").split("|"))
        if own.isdecimal():
            found.append((int(own) / 1000, int(below) / 1000, name))
    return sorted(found, reverse=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args().times
    medians = {}
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"NATOBOT_HOME": home}
        run(COMMANDS["natobot ask"], env)
        print(f"{'':26}{'median ms':>10}{'slowest':>10}{'processor':>11}")
        for name, arguments in COMMANDS.items():
            found = [run(arguments, env) for _ in range(times)]
            medians[name] = statistics.median(wall for wall, _, _ in found)
            processor = statistics.median(used for _, used, _ in found)
            print(f"{name:26}{medians[name]:10.0f}{max(wall for wall, _, _ in found):10.0f}{processor:11.0f}")
        for name in ("natobot --help", "natobot ask"):
            slow = imports(COMMANDS[name], env)
            print(f"\nthe {SHOWN} slowest imports of {name}, of {sum(own for own, _, _ in slow):.0f} ms in all")
            for own, below, import_ in slow[:SHOWN]:
                print(f"  {own:7.1f} ms alone {below:7.1f} with what it imports  {import_}")
    kept = "kept" if medians["natobot ask"] <= BUDGET else "BROKEN"
    print(f"\nbudget of natobot ask: {medians['natobot ask']:.0f} of {BUDGET:g} ms: {kept}")


if __name__ == "__main__":
    main()
