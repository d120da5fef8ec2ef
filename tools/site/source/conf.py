"""How Sphinx builds the site."""

project = "ocallkit"
extensions = ["myst_parser"]
# Every page is written before Sphinx starts; the index names them in their order.
root_doc = "index"
highlight_language = "python"

pygments_dark_style = "github-dark"
html_theme = "furo"
html_title = "ocallkit"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["widgets.css", "site.css"]
_EXCERPTS = "DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY"
html_js_files = [
    # Excerpts are fetched page by page, which a browser forbids to a page opened from a file.
    (None, {"body": f"if (location.protocol === 'file:') {_EXCERPTS} = false;"}),
    "widgets.js",
    "runs.js",
    ("python.js", {"defer": "defer"}),
    ("site.js", {"defer": "defer"}),
]
html_permalinks_icon = "#"
# The sources are the notebooks, and they have no index of words.
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_show_copyright = False
# Headings of other pages that a text cell may link to.
myst_heading_anchors = 3
