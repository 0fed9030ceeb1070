"""The code that draws charts in a browser."""

from __future__ import annotations

import contextlib
from importlib.metadata import version

from seedsoil.storage import write_whole

_END = "\n/* seedsoil: end of the bundle */\n"


def vega_bundle() -> str:
    """JavaScript of Vega, Vega-Lite and vega-embed in one text, for use without a network.

    vl-convert needs about two seconds to put it together, so it is kept, a file a version, in the
    user's cache directory; where that cannot be written it is made each time.
    """
    from platformdirs import user_cache_path

    kept = user_cache_path("seedsoil") / f"vega-{version('vl-convert-python')}.js"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = kept.read_text(encoding="utf-8")
        if text.endswith(_END):  # anything else was not written by us
            return text
    import vl_convert

    # The end of the page's script must not occur in it, nor an HTML comment begin.
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--") + _END
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, script)
    return script
