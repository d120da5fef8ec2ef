"""How Chromium is started, for tests and measurements."""

FLAGS = (
    # Containers run as root, and have little shared memory and no graphics.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    # Nothing here asks the network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

START_TIMEOUT = 60_000
"""Milliseconds in which a browser must have started."""
