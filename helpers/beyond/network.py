"""A network of a stated speed: a relay on the loopback that passes bytes on as one would.

Whoever connects to the relay reaches what stands behind it, only later and more slowly. Nothing in
the bytes is looked at, so an encrypted connection stays one.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from .. import interrupts
from ..core import worker
from ..errors import LabError, number, told

HOST = "127.0.0.1"
SLOWEST, FASTEST, LONGEST_MS = 1, 1_000, 1_000  # a relay in Python passes on no more
_CHUNK_S, _LEAST, _MOST = 0.005, 1_024, 65_536  # of a line's time; bytes in a chunk
_CREDIT_S = 0.02  # a sleep ends too late by so much at most, and the line makes up for it
_IN_FLIGHT = 512  # chunks between the two ends


@dataclass(frozen=True)
class Network:
    """What lies in between: so many megabits a second each way, and a delay each way.

    Raises:
        LabError: one of the numbers is out of its range.

    >>> Network(100, 5).seconds_for(1_000_000)
    0.085
    """

    megabits_per_s: float = 1_000
    delay_ms: float = 0

    def __post_init__(self) -> None:
        remedy = "100 is a common line"
        number("megabits_per_s", self.megabits_per_s, SLOWEST, FASTEST, remedy)
        number("delay_ms", self.delay_ms, 0, LONGEST_MS, "20 is to another country")

    def seconds_for(self, n_bytes: float) -> float:
        """Return the seconds from the first of so many bytes sent to the last one received."""
        return 8 * n_bytes / (1e6 * self.megabits_per_s) + self.delay_ms / 1000

    def __str__(self) -> str:
        return f"{self.megabits_per_s:,.4g} megabits a second, {self.delay_ms:g} ms of delay"


class Relay:
    """The two ends of a network: what connects to ``port`` talks to another port of this machine.

    ``network`` may be changed at any time. ``n_bytes`` counts what was passed on, both ways.
    """

    def __init__(self, to_port: int, network: Network) -> None:
        self.network = network
        self.n_bytes = 0
        self.port = 0
        self._to_port = to_port
        self._free_s = [0.0, 0.0]  # when each direction has sent what it was given

    @contextlib.contextmanager
    def up(self) -> Iterator["Relay"]:
        """Pass bytes on for the length of a ``with``; then all its connections are closed."""
        there: Future[Callable[[], None]] = Future()  # of what ends it
        thread = threading.Thread(target=self._run, args=[there], name="gil-lab network")
        thread.daemon = True
        with interrupts.held():  # until there is something to end
            thread.start()
            end = there.result()
        try:
            yield self
        finally:
            end()
            thread.join()

    def _run(self, there):
        try:
            asyncio.run(self._serve(there))
        except OSError as error:
            there.set_exception(
                LabError(
                    "a network in between needs a port of this machine, and none is free "
                    f"({told(error, 80)}): close other programs"
                )
            )

    async def _serve(self, there):
        """Listen until told to end; then end what still passes bytes on, and its connections."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        ends: list[asyncio.StreamWriter] = []
        passing = []

        def connected(reader, writer):
            ends.append(writer)
            passing.append(loop.create_task(self._connected(reader, writer, ends)))

        server = await asyncio.start_server(connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        there.set_result(lambda: loop.call_soon_threadsafe(over.set))
        await over.wait()
        for _ in range(5):  # what was accepted just now is told of in the next passes of the loop,
            await asyncio.sleep(0)  # and a server that is closed before forgets it open
        server.close()
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for end in ends:
            end.transport.abort()  # what has not left is not waited for
        await asyncio.sleep(0)

    async def _connected(self, reader, writer, ends):
        """Open the other half of a connection, and pass bytes both ways until both have ended."""
        # An OSError is: one side has gone, and so the other has to.
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(HOST, self._to_port)
            ends.append(back)
            try:
                await asyncio.gather(
                    self._pass_on(reader, back, 0), self._pass_on(there, writer, 1)
                )
            finally:
                back.close()
        writer.close()

    async def _pass_on(self, reader, writer, way):
        """Pass bytes on one way until their end: each chunk takes the line for its time."""
        flying = asyncio.Queue(_IN_FLIGHT)
        arrives = asyncio.ensure_future(self._arrive(flying, writer))
        try:
            while not arrives.done():
                chunk = await reader.read(self._chunk())
                now_s = worker.now()
                bits_s = 8 * len(chunk) / (1e6 * self.network.megabits_per_s)
                self._free_s[way] = max(self._free_s[way], now_s - _CREDIT_S) + bits_s
                await asyncio.sleep(self._free_s[way] - now_s)
                await flying.put((worker.now() + self.network.delay_ms / 1000, chunk))
                if not chunk:
                    break
            await arrives
        finally:
            arrives.cancel()

    async def _arrive(self, flying, writer):
        """Write each chunk at the other end when its delay is over."""
        while True:
            due_s, chunk = await flying.get()
            await asyncio.sleep(due_s - worker.now())
            if not chunk:
                writer.write_eof()
                return
            self.n_bytes += len(chunk)
            writer.write(chunk)
            await writer.drain()

    def _chunk(self):
        """Return how many bytes this line sends in a moment."""
        in_a_moment = 1e6 / 8 * self.network.megabits_per_s * _CHUNK_S
        return int(min(max(_LEAST, in_a_moment), _MOST))
