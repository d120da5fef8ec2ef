"""The environment in which kernels run, for storing outputs and for comparing them."""

from collections.abc import Mapping

# Each of these changes what a cell shows.
PERSONAL = ("MPLBACKEND", "MATPLOTLIBRC", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS")


def plain_environment(environment: Mapping[str, str], ipython_folder: str) -> dict[str, str]:
    """The variables of `environment` without those of a reader's own set-up.

    `ipython_folder` stands in for the folder with the reader's start-up files and configuration.

    >>> plain_environment({"MPLBACKEND": "agg", "HOME": "home"}, "empty")
    {'HOME': 'home', 'IPYTHONDIR': 'empty'}
    """
    kept = {name: value for name, value in environment.items() if name not in PERSONAL}
    return {**kept, "IPYTHONDIR": ipython_folder}
