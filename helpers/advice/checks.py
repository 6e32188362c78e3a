"""Self-checks of notebook 11."""

import pickle
import time
from typing import Any

from ..cells.check import answered, exercise, wrong
from ..errors import shown
from .what_changes import Outside

_TEXTS = ["One lock, one thread at a time.", "", "a b  c", "word " * 500]
_MOST_BYTES = 50


@exercise("11.returns_less")
def check_returns_less(function: Any) -> str:
    """Check ``function(text)``: the number of words, and no more than that sent back."""
    for text in _TEXTS:
        answer = answered(function(text), "an expression")
        n_words = len(text.split())
        n_bytes = len(pickle.dumps(answer))
        if n_bytes > _MOST_BYTES:
            wrong(
                f"for a text of {n_words} words {n_bytes:,} bytes go back, and a number needs less "
                f"than {_MOST_BYTES}: count the words where they are, and return the count"
            )
        if isinstance(answer, bool) or answer != n_words:
            wrong(f"{shown(text, 40)} has {n_words} words, and {shown(answer)} came back")
    return "A number goes back instead of a list: a few bytes, however long the text."


@exercise("11.no_side_effect")
def check_no_side_effect(function: Any) -> str:
    """Check ``function(word)``: the word and its length, and nothing else is changed."""
    words = ["lock", f"thread{time.perf_counter_ns()}", "lock"]  # one that is new to any list
    outside, got = Outside(function), []
    for index, word in enumerate(words):
        outside.look_at(index)
        got.append(answered(function(word), "what it returns"))
    changed = outside.changed() or outside.filled
    if changed:
        wrong(
            f"the answers come back, but the function still changes {changed}: a process "
            "would change a copy of it, so leave that line out"
        )
    if got != [(word, len(word)) for word in words]:
        wrong(f"('lock', 4) is wanted for 'lock', and {shown(got[0])} came back")
    return "Everything it finds comes back: any kind of worker can do it, in any order."
