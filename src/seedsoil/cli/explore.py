"""`seedsoil explore`: the question answered in a browser."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from seedsoil.cli import console, memory, options
from seedsoil.cli.counts import count
from seedsoil.errors import InputError, shown

LOCAL, EVERYWHERE = "127.0.0.1", "0.0.0.0"


def explore(
    port: Annotated[
        int,
        typer.Option(
            help="Port to listen on; 0 takes any that is free.", min=0, max=65_535, metavar="PORT"
        ),
    ] = 8765,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")
    ] = True,
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="Serve other machines too, with limits on how much each may ask; needs --name.",
        ),
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            help="Host name by which others reach this server, such as explorer.example.org. May be "
            "given several times.",
            show_default=False,
            metavar="HOST",
        ),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            help="Write the page to this new folder instead: it opens from a file, and any web host "
            "serves it.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    make_pack: Annotated[
        Path | None,
        typer.Option(
            "--make-pack",
            help="Make the pack of answers anew in this folder instead (minutes); files of one there are "
            "replaced.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    women: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="With --make-pack: women to simulate for each era; 100,000 if not given.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    courses: Annotated[
        int | None,
        typer.Option(
            help="With --make-pack: women whose course is told; 200 if not given.",
            min=15,
            show_default=False,
            metavar="N",
        ),
    ] = None,
    trials: Annotated[
        Path | None,
        typer.Option(
            help="With --make-pack: table of `seedsoil validate --table`; by default the trials stay.",
            show_default=False,
            metavar="FILE",
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            parser=count,
            help="With --make-pack: draws of the posterior, for intervals of what is not known of the "
            "parameters; 80 if not given, 0 for none.",
            show_default=False,
            metavar="N",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="With --make-pack: seed of the random numbers; 11 if not given.",
            show_default=False,
            metavar="S",
        ),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a pack to show instead of that of the package, as --make-pack writes it.",
            show_default=False,
            metavar="DIR",
        ),
    ] = None,
    threads: options.Threads = None,
    catalog: options.CatalogDirectory = None,
) -> None:
    """Open a page on which anyone asks what treatment buys, and sees it.

    It works offline, from a pack of answers that ships with the package; what the pack has not is simulated
    when it is asked for. Only this machine can reach the page unless --public is given. Needs FastAPI and
    uvicorn (pip install 'seedsoil[web]'); --site and --make-pack do not.

    \b
    Examples:
      seedsoil explore
      seedsoil explore --port 9000 --no-browser
      seedsoil explore --site explorer-site
      seedsoil explore --public --name explorer.example.org
      seedsoil explore --make-pack new-pack --women 20k

    For research and teaching: populations, not advice for any one person.
    """
    if site is not None and make_pack is not None:
        raise InputError("--site and --make-pack: give one of them")
    making = {"women": women, "courses": courses, "seed": seed, "trials": trials, "draws": draws}
    given = {name: value for name, value in making.items() if value is not None}
    if given and make_pack is None:
        raise InputError(f"--{next(iter(given))}: goes with --make-pack")
    if (site is not None or make_pack is not None) and (public or names):
        raise InputError("--public and --name: a folder has no server; leave them out")
    if make_pack is not None:
        if pack is not None:
            raise InputError("--pack and --make-pack: give one of them")
        memory.require()
        _make_pack(make_pack, catalog, given, threads)
        return
    if pack is not None:
        from seedsoil.explorer.pack import check

        check(pack)
    if site is not None:
        console.claim(site, directory=True)
        from seedsoil.catalog import load
        from seedsoil.explorer.site import export

        export(site, load(catalog), place=pack)
        console.say(f"page    {site / 'index.html'}")
    else:
        _serve(port, browser, public, names or [], threads, catalog, pack)


def _make_pack(
    directory: Path, catalog: Path | None, given: dict[str, Any], threads: int | None
) -> None:
    from seedsoil.catalog import load
    from seedsoil.explorer import pack

    console.tell_first_compilation()
    parts = pack.make(load(catalog), **given, threads=threads, progress=console.note)
    sizes = pack.write(parts, directory)
    console.say(f"pack    {directory}, {sum(sizes.values()):,} bytes")


def _serve(
    port: int,
    browser: bool,
    public: bool,
    names: list[str],
    threads: int | None,
    catalog: Path | None,
    pack: Path | None,
) -> None:
    memory.require()
    try:
        import fastapi  # noqa: F401
        import uvicorn
    except ModuleNotFoundError:
        raise InputError(
            "explore: FastAPI and uvicorn are not installed; install them with: pip install 'seedsoil[web]' "
            "(or write the page to a folder: seedsoil explore --site DIR)"
        ) from None
    if public and not names:
        raise InputError(
            "--public: name the host by which others reach this server, --name explorer.example.org"
        )
    for name in names:
        if not name or any(c in name for c in ":/ @"):
            raise InputError(
                f"--name {shown(name)}: is no host name; give it without port and slashes, such as "
                "explorer.example.org"
            )
    if names and not public:
        raise InputError(
            "--name: goes with --public; without it only this machine reaches the page"
        )
    from seedsoil.explorer.guard import LOCAL as OWN
    from seedsoil.explorer.server import Settings, application

    settings = Settings(
        public=public,
        names=(*OWN, *names),
        threads=threads,
        catalog=None if catalog is None else str(catalog),
        pack=pack,
    )
    app = application(settings)
    listening = _listening(EVERYWHERE if public else LOCAL, port)
    address = f"http://{LOCAL}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=public,
        limit_concurrency=500 if public else None,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
    )
    console.say(f"page    {address}  (Ctrl-C ends it)")
    if public:
        console.note(
            f"other machines may ask, by {', '.join(names)}; put a proxy with TLS before it"
        )
    if browser:
        _open(address)
    with contextlib.suppress(KeyboardInterrupt), listening:
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise InputError(
            f"--port {port}: cannot be listened on ({error.strerror}); take another, or 0 for any "
            "that is free"
        ) from None
    found.listen(128)
    return found


def _open(address: str) -> None:
    import threading
    import webbrowser

    threading.Timer(0.7, webbrowser.open, [address]).start()
