"""What a reader is told when something is refused: one line, and not a long one."""

import pytest

from helpers.errors import LabError


def refusal(call, *arguments, **options):
    """Return the one line with which ``call`` refuses; any other exception fails the test."""
    with pytest.raises(LabError) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    return message


def hint(check, *answer):
    """Return the one line with which a self-check refuses an answer."""
    message = refusal(check, *answer)
    assert message.startswith("✗ Not yet: ")
    return message
