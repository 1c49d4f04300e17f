"""How Sphinx builds the documentation: no network, and every warning is an error."""

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# Kivy reads our arguments and opens windows when it is imported, unless it is told not to.
os.environ.update(KIVY_DOC="1", KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_LOG_MODE="PYTHON")

project = "pythiags"
author = "the pythiags maintainers"
project_copyright = author
version = release = installed_version("pythiags")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "docstrings",
    "tables",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# Attributes that are members too, as those of named tuples, are not listed twice.
napoleon_use_ivar = True
napoleon_custom_sections = [("Events", "params_style")]

# Of a session the commands are copied, without the prompt and without what they print.
copybutton_prompt_text = "$ "
copybutton_copy_empty_lines = False
copybutton_line_continuation_character = "\\"

html_theme = "furo"
html_title = f"pythiags {release}"
html_copy_source = False
