"""Stand-ins for the packages of JupyterLab, in the few words of theirs that the package uses."""
