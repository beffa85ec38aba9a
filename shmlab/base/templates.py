"""Make HTML from templates of ours, which escape every value except markupsafe's Markup."""

import jinja2


def environment(package: str) -> jinja2.Environment:
    """Return jinja2's Environment for the folder `templates/` of a package, whose name this is."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
