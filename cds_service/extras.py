"""The optional parts of an installation: what each needs, and how to install it."""

from importlib.util import find_spec

# The extras of pyproject.toml, and a module of each distribution in them.
EXTRAS = {
    "replay": ("duckdb", "fsspec", "pyarrow"),
    "workbench": ("markdown_it", "nh3"),
}


def missing_extra(name: str) -> str | None:
    """One sentence that says how to install the extra; None where it is installed.

    Raises KeyError for a name that is not an extra.
    """
    if all(find_spec(module) is not None for module in EXTRAS[name]):
        return None
    return f"this part is not installed: pip install 'thiopurine-cds[{name}]'"
