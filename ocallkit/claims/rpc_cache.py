"""The claims about the cache of RPC arguments."""

from __future__ import annotations

from ocallkit.claims.claim import Claim

CLAIMS = (
    Claim(
        "C50",
        "With the cache, the first RPC of a secure thread allocates memory on the context of"
        " whoever called, and never frees it.",
        "HG",
    ),
    Claim(
        "C51",
        "The first CA after boot therefore leaks its context, with a count of one.",
        "HG",
    ),
    Claim("C52", "The second CA allocates nothing, and its count comes to zero.", "HG"),
    Claim(
        "C53",
        "If the first CA ends with its session open, the session leaks with the context that"
        " would have closed it.",
        "HG",
    ),
    Claim("C54", "A plain invoke shows the leak as well: OCALLs have no part in it.", "HG, JF"),
)
"""The cache is not in the model yet."""
