"""A name as an id."""

import re
import unicodedata


def slug(name: str) -> str:
    """Write a name in the form of an id: `T5-11B (large)` is `t5-11b-large`.

    Parameters
    ----------
    name
        Any text; accents are dropped, letters outside ASCII are lost.

    Returns
    -------
    str
        Lower-case letters, digits and single hyphens; empty if the name has none of them.
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
