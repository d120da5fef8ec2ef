"""Which version of the package this is, said once."""

__version__ = "0.2.0"
