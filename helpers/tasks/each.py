"""One call for each item: the shape that most people's own jobs have.

Workers import this module, so it imports nothing.
"""


def each(function, items):
    """Return the list of what ``function`` gives for each of ``items``.

    >>> each(len, ["GIL", "lock"])
    [3, 4]
    """
    return [function(item) for item in items]


def again(function, items):
    """Return the list of what ``function()`` gives, called once for each of ``items``.

    >>> again(list, [0, 1])
    [[], []]
    """
    return [function() for _ in items]
