"""What a reader sees and does, in the real JupyterLab and Chromium: `make browser`.

`conftest.py` has the fixtures: one server and one browser for all tests.  A test takes
`open_notebook`, and gets a page with a notebook in it.
"""
