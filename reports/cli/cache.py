"""`eflops cache`: finished fits, shown and cleared."""

from typing import Annotated

import typer

from reports.cli.request.options import AsJson, print_json, stdout

cache_app = typer.Typer(help="Finished fits that are kept, so that levers never fit again.")


@cache_app.callback(invoke_without_command=True)
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove every entry.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the cache of finished fits, or clear it.

    Its folder is $EFLOPS_CACHE, or eflops in the user's cache folder.

    Example: eflops cache --clear
    """
    from analysis.cache import default_cache
    from analysis.words import say

    kept = default_cache()
    sizes = [path.stat().st_size for path in kept.entries()]
    document = {
        "folder": None if kept.folder is None else str(kept.folder),
        "entries": len(sizes),
        "bytes": sum(sizes),
        "removed": kept.clear() if clear else 0,
    }
    if as_json:
        print_json(document)
        return
    console = stdout()
    console.print(f"{document['folder'] or say('cache.no_folder')}", soft_wrap=True)
    console.print(say("cache.size", count=len(sizes), megabytes=sum(sizes) / 1e6))
    if clear:
        console.print(say("cache.removed", count=document["removed"]))
