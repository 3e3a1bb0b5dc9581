"""A PostgreSQL server of the tests' own, where the machine has one: on a socket in a temporary folder, gone afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def server() -> Iterator[Path]:
    """The folder of the server's socket; the test is skipped where PostgreSQL or its driver is not installed."""
    pytest.importorskip("psycopg")
    initdb = shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL is not installed")
    binaries = Path(initdb).resolve().parent
    # Short, since the name of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        # PostgreSQL does not run as root.
        other: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if other:
            shutil.chown(folder, "nobody", "nogroup")
        data = str(folder / "data")
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "natobot", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **other,
        )
        options = ["-D", data, "-k", name, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "logging_collector=off"]
        with subprocess.Popen([binaries / "postgres", *options], cwd=folder, stderr=subprocess.DEVNULL, **other) as running:
            try:
                _wait(folder, running)
                yield folder
            finally:
                # At once, whoever is still connected.
                running.send_signal(signal.SIGINT)


def new_database(folder: Path, name: str) -> str:
    """Make an empty database; gives its address for SQLAlchemy."""
    import psycopg

    with psycopg.connect(host=str(folder), user="natobot", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql+psycopg://natobot@/{name}?host={folder}"


def _wait(folder: Path, running: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and running.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="natobot", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise TimeoutError("PostgreSQL does not start")
