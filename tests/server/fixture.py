"""What the server's tests share: a running server, its control, the test data."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any, Optional

HERE = os.path.dirname(os.path.realpath(__file__))
DATA = os.environ.get("RDBFS_TEST_DATA", os.path.join(HERE, "..", "data"))
ARCHIVE = os.path.join(DATA, "all-types.tar.gz")

sys.path.insert(0, HERE)

from reql.client import Client  # noqa: E402
from reql.control import ask  # noqa: E402


class Running:
    """A test server as a process, in a folder of its own."""

    def __init__(self, *words: str, wait: bool = True) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.control_path = self.path("control")
        self.process = subprocess.Popen([
            os.path.join(HERE, "reql-server"), "--port-file", self.path("port"),
            "--control", self.control_path, *words])
        if wait:
            self.port = self._port()

    def path(self, name: str) -> str:
        return os.path.join(self.folder.name, name)

    def _port(self) -> int:
        for _ in range(2400):
            if self.process.poll() is not None:
                raise AssertionError("the server did not start")
            if os.path.exists(self.path("port")):
                with open(self.path("port"), encoding="ascii") as file:
                    return int(file.read())
            time.sleep(0.05)
        raise AssertionError("the server does not listen")

    def control(self, line: str) -> str:
        done, answer = ask(self.control_path, line)
        if not done:
            raise AssertionError(f"{line}: {answer.decode()}")
        return answer.decode()

    def client(self, user: str = "admin", password: str = "") -> Client:
        return Client(self.port, user, password)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class ServerTest(unittest.TestCase):
    """Each test has its own server, started with `words`."""

    words: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.server = self.start(*self.words)

    def start(self, *words: str) -> Running:
        server = Running(*words)
        self.addCleanup(server.stop)
        return server

    def client(self, user: str = "admin", password: str = "",
               server: Optional[Running] = None) -> Client:
        client = (server or self.server).client(user, password)
        self.addCleanup(client.close)
        return client

    def control(self, line: str) -> str:
        return self.server.control(line)

    def assertSilent(self, client: Client) -> None:
        """Nothing has been answered so far."""
        self.assertFalse(select.select([client.socket], [], [], 0)[0])

    def assertFails(self, answer: Any, code: int, message: str) -> None:
        self.assertEqual((answer["t"], answer.get("e"), answer["r"]), (18, code, [message]))
