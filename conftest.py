"""What every test and every notebook starts from, whatever the reader's own settings are."""

import os
import shutil
import tempfile

import pytest
from hypothesis import settings

from tools.kernels import plain_environment

IPYTHON_FOLDER = pytest.StashKey[str]()

# The same examples on every run; a failure comes with the code that repeats it.
settings.register_profile("ocallkit", derandomize=True, database=None, deadline=None)
settings.load_profile("ocallkit")


def pytest_configure(config: pytest.Config) -> None:
    """Let the kernels that nbval starts see no settings but the project's."""
    folder = tempfile.mkdtemp(prefix="ocallkit-ipython-")
    config.stash[IPYTHON_FOLDER] = folder
    environment = plain_environment(os.environ, folder)
    os.environ.clear()
    os.environ.update(environment)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder that stood in for the reader's own."""
    shutil.rmtree(config.stash[IPYTHON_FOLDER], ignore_errors=True)
