"""A cluster of Dask that others have started: how it is reached, and what its workers need."""

import asyncio
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

from ..errors import LabError, shown, told

ADDRESS = "DASK_SCHEDULER_ADDRESS"
_ROOT = Path(__file__).resolve().parents[2]


def client_of(address: str, limit_s: float) -> Any:
    """Return a Dask client of a scheduler, which answers within ``limit_s`` seconds.

    A client of the reader's own stays Dask's default.
    """
    from distributed import Client

    try:
        asyncio.run(_check_it_answers(address, limit_s))
        return Client(address, timeout=limit_s, set_as_default=False)
    except Exception as error:  # of an address there are many ways to be wrong
        where = f"{shown(address)} within {limit_s:g} seconds ({told(error, 80)})"
        raise LabError(
            f"no Dask scheduler answers at {where}: give {ADDRESS} the address that 'dask "
            "scheduler' prints, or take it away to use this machine"
        ) from error


async def _check_it_answers(address, limit_s):
    """Raise an error unless a Dask program answers: a client waits for ever for a silent one."""
    from distributed import Security
    from distributed.comm import connect

    arguments = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=limit_s, **arguments), limit_s)
    await comm.close()


def check_python(client: Any) -> None:
    """Raise a LabError where a worker runs another version of Python."""
    here = ".".join(map(str, sys.version_info[:2]))
    for address, versions in client.get_versions()["workers"].items():
        version = ".".join(versions["host"]["python"].split(".")[:2])
        if version != here:
            other = f"and the one at {address} runs {version}"
            raise LabError(
                f"workers run the same Python as the notebook, {other}: start it with {here}"
            )


def send_code(client: Any) -> None:
    """Have this version of ``helpers`` on all workers, also on those that come later.

    It is sent once, however many pools there are, and stays in the folder of a worker until that
    ends. Dask's own ``upload_file`` would leave it packed, and the places could not be read.
    """
    from distributed import WorkerPlugin

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for pattern in ("helpers/**/*.py", "data/*.csv.gz"):
            for path in _ROOT.glob(pattern):
                archive.write(path, path.relative_to(_ROOT))

    class Code(WorkerPlugin):  # a class inside a function travels by value, with its methods
        idempotent = True

        def __init__(self, archive):
            self.archive = archive
            self.name = f"gil-lab-{hashlib.sha256(archive).hexdigest()[:16]}"

        def setup(self, worker):
            import importlib
            import io
            import os
            import sys
            import zipfile

            folder = os.path.join(worker.local_directory, self.name)
            zipfile.ZipFile(io.BytesIO(self.archive)).extractall(folder)
            sys.path.insert(0, folder)
            for name in [name for name in sys.modules if name.split(".")[0] == "helpers"]:
                del sys.modules[name]  # of another version
            importlib.invalidate_caches()

    client.register_plugin(Code(packed.getvalue()))
