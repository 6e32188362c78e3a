"""The teacher's command: opens the class, and says how to come in."""

import importlib.util
import io
import ipaddress
import sys
import webbrowser

from ..errors import LabError
from .book import Book
from .server import INSTALL, lacking, names_of, serve


def teach(path: str, host: str, port: object, *, browser: bool = True) -> None:
    """Serve the class that is kept in a file until Ctrl+C; the file is made if it is not there.

    Raises:
        LabError: a package is missing, the file is of something else, or nobody can listen there.
    """
    if reason := lacking():
        raise LabError(reason)
    book = Book(path)

    def ready(address: str) -> None:
        teacher = f"{address}teacher#{book.key}"
        lines = [
            f"The teacher's page:  {teacher}",
            f"Learners' phones:    {address}#{book.code}",
            f'Learners\' notebooks: lab.join("{address}", "{book.code}")',
            f"Kept in {path}. Ctrl+C closes the class; the same command opens it again.",
            *_others(host, address),
            _reach(host),
        ]
        print("\n".join(lines), qr_code(f"{address}#{book.code}"), sep="\n", flush=True)
        if browser:
            webbrowser.open(teacher)

    try:
        serve(book, host, port, ready)  # type: ignore[arg-type]
    finally:
        book.close()


def _reach(host):
    if host == "localhost" or _is_loopback(host):
        return (
            "Only this computer can reach it. With --host 0.0.0.0 everybody in this network can: "
            "who has the code may vote, and votes travel unencrypted."
        )
    return (
        "Everybody in this network can reach it: who has the code may vote. What travels is not "
        "encrypted, and is nothing but votes, results and machine cards."
    )


def _others(host, address):
    """Return a line with the other addresses of this computer, if it has any in a network."""
    found = [name for name in names_of(host)[1:] if _is_loopback(name) is False]
    listed = ", ".join(address.replace(names_of(host)[0], name, 1) for name in found)
    return [f"If that does not answer from elsewhere: {listed}"] if found else []


def _is_loopback(name):
    """Return whether an address is of this computer alone; None for a name."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return None


def qr_code(address: str) -> str:
    """Return a QR code of letters for a terminal, or how to get one."""
    if importlib.util.find_spec("segno") is None:
        return f"(For a QR code: {INSTALL})"
    import segno

    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True, border=2)
    encoding = sys.stdout.encoding or "ascii"
    text = drawn.getvalue()
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "(This terminal has no letters for a QR code.)"
    return text
