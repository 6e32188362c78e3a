"""A very long list of strings, normalised so that different spellings of a name match.

This is the first of the jobs. It is pure Python: every step is a method of ``str`` or a
function that works on one short string.
"""

from unicodedata import combining, normalize

_TABLE = dict.fromkeys(map(ord, "-‐‑‒–—_/\\.,;:!?'’‘`´ʻʼ\"“”„«»()[]{}&+*|·•"), " ")
# Letters that have no accent to drop, and are yet written with the Latin alphabet's own.
_TABLE |= {ord(a): b for a, b in zip("łøđðþæœıħŧŋəĸ", "l o d d th ae oe i h t ng e k".split())}


def normalise(text: str) -> str:
    """Return a key that is the same for different spellings of one name.

    The key has no accents, case, punctuation or extra spaces, and each word once, sorted.
    The method is known as a fingerprint (in OpenRefine, for one).

    >>> normalise("  São Tomé-et-Príncipe ")
    'et principe sao tome'
    >>> normalise("ŁÓDŹ"), normalise("Straße"), normalise("York, New")
    ('lodz', 'strasse', 'new york')
    """
    decomposed = normalize("NFKD", text.strip())
    bare = "".join([letter for letter in decomposed if not combining(letter)])
    words = bare.casefold().translate(_TABLE).split()
    return " ".join(sorted(set(words)))


def normalise_all(texts: list[str]) -> list[str]:
    """Return a list with ``normalise(text)`` for every text, in order.

    >>> normalise_all(["Île-de-France", "İzmir"])
    ['de france ile', 'izmir']
    """
    return [normalise(text) for text in texts]


def count_changed(texts: list[str]) -> list[int]:
    """Return a list with one number: how many of ``texts`` differ from their key.

    It does the work of ``normalise_all`` and sends back a number instead of every string. The
    numbers of several sublists add up to that of the whole list.

    >>> count_changed(["Zürich", "bern", "Genève"])
    [2]
    """
    return [sum(normalise(text) != text for text in texts)]
