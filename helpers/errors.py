"""The one kind of error that a reader is meant to see."""


class LabError(Exception):
    """A wrong input or a failed run, told in one line: the rule, the value, the remedy.

    In a notebook it shows as that one line, without a traceback.

    >>> raise LabError("workers must be 1 or more, not 0: try 2")
    Traceback (most recent call last):
    ...
    helpers.errors.LabError: workers must be 1 or more, not 0: try 2
    """

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


class Stopped(LabError):
    """The reader interrupted a run. What was measured until then is kept."""
