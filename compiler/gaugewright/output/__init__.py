"""Files: what lies in `out/<service>/`, how it differs from what should, and one atomic commit of it.

The only room that writes outputs. It takes `{relative path: bytes}` and imports nothing else of the
package. Import from the modules themselves, so that a build with nothing to do loads only two:

    intact.is_intact(folder, manifest_sha256)      the fast path: os, json and hashlib alone
    cache.load(key), cache.store(key, value)       what an earlier build found out

    manifest.Origin, manifest.origin(...)          which spec and which compiler made the outputs
    manifest.read(folder)                          the last build's manifest, or ManifestError
    compare.compare(out, service, files, origin)   the state of every path; writes nothing (`--check`)
    diff.unified(standing, folder)                 one path's difference, bounded and printable
    commit.commit(out, service, files, origin)     old or new, never a mixture
    services.leftover_services(out, compiled)      folders whose spec is gone
    services.remove_service(out, service)
    errors.OutputError                             the one exception, in a person's words

How a commit works. A workshop, `out/.<service>.new-<random>/`, gets a journal (`journal.py`: what
will be written, what is only linked) and a complete new folder (`tree.py`): changed files written and
synced, unchanged ones and every file that is not ours hard-linked, so they keep their inode. One
`renameat2(RENAME_EXCHANGE)` (`exchange.py`) swaps it with `out/<service>`. Then the old folder is
emptied (`settle.py`): what the journal knows is unlinked, what somebody added meanwhile is moved over.
A killed run leaves a workshop; the next one reads its journal and finishes or undoes it
(`recovery.py`). All of it under a lock on `out` itself (`locking.py`), which leaves no lock file.

What it cannot promise. Where the file system has no exchange (NFS, some FUSE), the swap is two renames:
a kill exactly between them leaves no `out/<service>` until the next run puts it there. Where directories
cannot be locked (NFS), two builds at once are still each atomic, the later wins, and left-overs stay.
"""
