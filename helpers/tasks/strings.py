"""A very long list of strings, normalised so that different spellings of a name match.

This is the first of the two jobs. It is pure Python: every step is a method of ``str`` or a
function that works on one short string.
"""

from unicodedata import combining, normalize

_PUNCTUATION = dict.fromkeys(map(ord, "-‐‑‒–—_/\\.,;:!?'’‘`´ʻʼ\"“”„«»()[]{}&+*|·•"), " ")


def normalise(text):
    """Return ``text`` in a form for matching: no accents, case, punctuation or extra spaces.

    >>> normalise("  São Tomé-et-Príncipe ")
    'sao tome et principe'
    >>> normalise("ŁÓDŹ"), normalise("Straße")
    ('łodz', 'strasse')
    """
    decomposed = normalize("NFKD", text.strip())
    bare = "".join([letter for letter in decomposed if not combining(letter)])
    words = bare.casefold().translate(_PUNCTUATION).split()
    return " ".join(words)


def normalise_all(texts):
    """Return a list with ``normalise(text)`` for every text, in order.

    >>> normalise_all(["Île-de-France", "İzmir"])
    ['ile de france', 'izmir']
    """
    return [normalise(text) for text in texts]


def count_matches(texts):
    """Return how many different names are left in ``texts`` once they are normalised.

    It does the work of ``normalise_all`` and sends back one number instead of every string.

    >>> count_matches(["Zurich", "ZÜRICH", "Genève"])
    2
    """
    return len(set(normalise_all(texts)))


def difference(expected, got):
    """Return one line that says where two result lists differ, or None when they are equal.

    >>> difference(["a", "b"], ["a", "c"])
    "item 1 is 'c', serially it is 'b'"
    >>> difference(["a"], ["a"])
    """
    if expected == got:
        return None
    if not isinstance(got, list):
        return f"a {type(got).__name__} came back instead of a list"
    if len(expected) != len(got):
        return f"{len(got)} items came back, serially {len(expected)}"
    at = next(i for i, (a, b) in enumerate(zip(expected, got, strict=True)) if a != b)
    return f"item {at} is {got[at]!r:.60}, serially it is {expected[at]!r:.60}"
