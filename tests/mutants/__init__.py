"""Which changes of the package no test notices, and why."""
