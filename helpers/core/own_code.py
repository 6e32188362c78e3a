"""What a reader's own function raises, whatever it derives from, told in one line."""

import contextlib
from collections.abc import Iterator

from ..errors import LabError, told
from ..interrupts import is_interrupt


@contextlib.contextmanager
def errors_of(name: str) -> Iterator[None]:
    """Tell whatever the reader's function of that name raises in one line, as a LabError.

    Errors of extensions and of asyncio derive from BaseException; the reader's own interrupt is no
    error of the function.

    >>> with errors_of("half"):
    ...     assert False
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: half raised AssertionError; mend it, then run again
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, LabError) or is_interrupt(error):
            raise
        raise LabError(raised(name, error)) from error


@contextlib.contextmanager
def errors_ignored() -> Iterator[None]:
    """End a ``with`` at whatever the reader's own code raises, and go on; not at an interrupt.

    >>> with errors_ignored():
    ...     raise GeneratorExit
    """
    try:
        yield
    except BaseException as error:
        if is_interrupt(error):
            raise


def raised(name: str, error: BaseException) -> str:
    """Return in one line what the reader's function of that name raised."""
    return f"{name} raised {told(error, 200)}; mend it, then run again"
