"""What the benchmarks with a real server share: RETHINKDB= names the program, or it is on PATH;
the official tools are beside it or on PATH."""
import os
import shutil
import subprocess
import sys
import time


def tool(name):
    beside = os.path.dirname(os.environ.get("RETHINKDB", ""))
    found = shutil.which(name) or shutil.which(os.path.join(beside, name))
    return found or sys.exit(f"{name} is not there: set RETHINKDB= or PATH")


class Server:
    """An empty server of its own in a folder, which is to be removed when it has ended."""

    def __init__(self, folder, cache=1500):
        program = os.environ.get("RETHINKDB") or tool("rethinkdb")
        self.port = 20000 + os.getpid() % 10000
        self.where = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [program, "--directory", folder + "/data", "--bind", "127.0.0.1",
             "--no-default-bind", "--no-update-check", "--no-http-admin",
             "--driver-port", str(self.port), "--cluster-port", str(self.port + 10000),
             "--cache-size", str(cache), "--log-file", folder + "/log"],
            stdout=open(folder + "/out", "wb"), stderr=subprocess.STDOUT)
        while b"Server ready" not in open(folder + "/out", "rb").read():
            if self.process.poll() is not None:
                sys.exit("the server does not start")
            time.sleep(0.1)

    def processor(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        self.process.wait()
