"""One HTML file that shows every figure without a network.

nbconvert writes the cells, with the template in `page/`. plotly's figures are in the notebook as JSON; their own HTML renderer
needs a network or five megabytes in each notebook, so each becomes a place on the page, and the cartesian plotly bundle that
draws them is written once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from copy import deepcopy
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ReportError
from .writing import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HIDDEN = {"remove-cell", "parameters", "injected-parameters"}
MIME = "application/vnd.plotly.v1+json"
# what the cartesian bundle draws
CARTESIAN = {
    "scatter",
    "bar",
    "box",
    "heatmap",
    "histogram",
    "histogram2d",
    "histogram2dcontour",
    "contour",
    "image",
    "pie",
    "violin",
}
OPTIONS = '{"displaylogo":false,"responsive":false,"displayModeBar":false}'


def export(notebook: Any, title: str, record: Mapping[str, Any] | None = None) -> str:
    """Write an executed notebook as one HTML page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs; it stays as it is. Cells tagged remove-cell are left out, as are the parameters, which the record tells;
        of those tagged hide-input only the outputs are shown.
    title : str
        Of the page.
    record : mapping, optional
        Of the run; folded at the end of the page.

    Raises
    ------
    ReportError
        If a figure has traces that the bundle cannot draw.
    """
    from nbconvert import HTMLExporter

    shown = deepcopy(notebook)
    shown.cells = [cell for cell in shown.cells if not HIDDEN & set(cell.metadata.get("tags", []))]
    calls: list[str] = []
    for output in (output for cell in shown.cells for output in cell.get("outputs", [])):
        if MIME in output.get("data", {}):
            name = f"nsi-figure-{len(calls)}"
            calls.append(_call(name, output.data[MIME]))
            output.data = {"text/html": _place(name, output.data[MIME])}
    exporter = HTMLExporter(
        extra_template_basedirs=[str(files("nsi_notebook") / "reports")], template_name="page", embed_images=True
    )
    body, _ = exporter.from_notebook_node(shown, {"metadata": {"path": str(Path.cwd())}})
    if record is not None:
        body += f"<details><summary>record of the run</summary><pre>{escape(as_json(record))}</pre></details>"
    return page(title, body, calls)


def page(title: str, body: str, calls: Iterable[str] = ()) -> str:
    """Put a body into a whole page, with our style and, if there are calls that draw figures, the plotly bundle."""
    drawing = "\n".join(calls)
    scripts = [_bundle(), f"\n{drawing}\n"] if drawing else []
    script = "".join(f"<script>{text}</script>\n" for text in scripts)
    style = (files("nsi_notebook") / "reports" / "page" / "style.css").read_text(encoding="utf-8")
    head = f'<meta charset="utf-8">{_policy(scripts)}<meta name="viewport" content="width=device-width">'
    head += f"<title>{escape(title)}</title>\n<style>\n{style}</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n<main>\n{body}\n</main>\n{script}</body></html>\n'


def _policy(scripts: Sequence[str]) -> str:
    """Let the browser run these scripts and no other, and load nothing: a second wall, should markup of others get in.

    See https://www.w3.org/TR/CSP3/#external-hash.
    """
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    rules = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"
    rules += "; base-uri 'none'; form-action 'none'"  # these do not follow default-src
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _call(name: str, figure: Mapping[str, Any]) -> str:
    """Call that draws a figure."""
    kinds = {str(trace.get("type", "scatter")) for trace in figure.get("data", [])}
    if kinds - CARTESIAN:
        raise ReportError(
            f"a figure has traces of {', '.join(sorted(kinds - CARTESIAN))}, which the offline page cannot draw",
            f"it draws {', '.join(sorted(CARTESIAN))}",
        )
    data = {"data": figure.get("data", []), "layout": figure.get("layout", {})}
    # "</script" and "<!--" would end the script or change how it is read
    said = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return f'(f => Plotly.newPlot("{name}", f.data, f.layout, {OPTIONS}))({said});'


def _place(name: str, figure: Mapping[str, Any]) -> str:
    """Where a figure goes, with its title for those who do not see it, and its size so that screen and print can fit it."""
    layout = figure.get("layout", {})
    title = layout.get("title", "")
    label = (title.get("text") if isinstance(title, dict) else title) or "figure"
    width, height = (float(layout.get(side) or default) for side, default in (("width", 700), ("height", 450)))  # plotly's
    place = f'<div id="{name}" role="img" aria-label="{escape(label)}"></div>'
    return f'<div class="nsi-figure" style="--width: {width:g}; --height: {height:g}">{place}</div>'


def _bundle() -> str:
    place = files("nsi_notebook") / "widgets" / "static" / "plotly-cartesian.min.js"
    if not place.is_file():
        raise ReportError(
            "the plotly bundle is missing from this installation",
            "reinstall nsi-notebook, or run npm ci && npm run build in widgets/",
        )
    return place.read_text(encoding="utf-8").replace("</script", "<\\/script")
