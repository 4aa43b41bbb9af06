"""The peer somebody would pick from the shelf: PouchDB on both sides, over HTTP on this machine (Node.js and npm are needed).

Its packages are installed with npm into a cache folder of the user, outside the repository, when the benchmark asks for the peer
(`--peer pouchdb`). The same rows as ours become documents, one a keyword with its library figures in it. More than ROWS documents
would take minutes, so larger sizes are counted up from that and said to be.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

PACKAGES = ("pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4.21.2")
ROWS, EDITS = 100_000, 10_000
BATCH = 1_000
INSTALL_SECONDS, RUN_SECONDS = 600, 1_800

_SERVER = """
const fs = require('fs'), PouchDB = require('pouchdb').defaults({ prefix: process.argv[2] + '/there_' });
const app = require('express')();
app.use('/', require('express-pouchdb')(PouchDB, { mode: 'minimumForPouchDB', logPath: process.argv[2] + '/log.txt' }));
(async () => {
  const rows = JSON.parse(fs.readFileSync(process.argv[3])), names = rows.shift(), there = new PouchDB('keywords');
  const doc = row => Object.fromEntries(row.map((value, place) => [names[place] === 'uid' ? '_id' : names[place], value]));
  for (let at = 0; at < rows.length; at += 5000) await there.bulkDocs(rows.slice(at, at + 5000).map(doc));
  const server = app.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
})();
"""

_CLIENT = r"""
const [folder, url, edits, batch, there] = [process.argv[2], process.argv[3], +process.argv[4], +process.argv[5], process.argv[6]];
const PouchDB = require('pouchdb').defaults({ prefix: folder + '/here_' });
const timed = async work => { const began = process.hrtime.bigint(); const found = await work(); return [Number(process.hrtime.bigint() - began) / 1e6, found]; };
// Processor milliseconds of both sides; a clock tick is 10 ms wherever there is a /proc.
const ticks = () => { try { const said = require('fs').readFileSync('/proc/' + there + '/stat', 'utf8').split(') ')[1].split(' '); return (+said[11] + +said[12]) * 10; } catch { return 0; } };
const cpu = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e3 + ticks(); };
(async () => {
  const here = new PouchDB('keywords'), way = { batch_size: batch, batches_limit: 5 }, said = {};
  let found, began = cpu();
  [said.pull_ms, found] = await timed(() => here.replicate.from(url + '/keywords', way));
  said.pull_cpu_ms = cpu() - began;
  said.pulled = found.docs_written;
  // What resourceUsage says begins with its parent's on Linux.
  const own = () => { try { return +require('fs').readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+)/)[1]; } catch { return 0; } };
  said.peak_mb = (own() || process.resourceUsage().maxRSS) / 1024;
  const some = (await here.allDocs({ include_docs: true, limit: edits })).rows.map((row, place) => ({ ...row.doc, volume_override: place }));
  [said.local_ms] = await timed(() => here.bulkDocs(some));
  began = cpu();
  [said.push_ms, found] = await timed(() => here.replicate.to(url + '/keywords', way));
  said.push_cpu_ms = cpu() - began;
  said.pushed = found.docs_written;
  await here.replicate.from(url + '/keywords', way);
  [said.idle_ms] = await timed(() => here.replicate.from(url + '/keywords', way));
  console.log(JSON.stringify(said));
  process.exit(0);
})();
"""


class PeerMissing(Exception):
    """The peer cannot be run here; the message names the remedy."""


@dataclass(frozen=True, slots=True)
class Pouch:
    """What PouchDB took, in milliseconds, for so many rows and edits; cpu: processor time of both sides."""

    rows: int
    edits: int
    pull_ms: float
    pull_cpu_ms: float
    local_ms: float
    push_ms: float
    push_cpu_ms: float
    idle_ms: float
    peak_mb: float


def pouchdb(folder: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Pouch:
    """Replicate the rows (one column is "uid") to an empty database, edit some of them, replicate back. Raises PeerMissing."""
    modules = _installed()
    folder.mkdir()
    (folder / "rows.json").write_text(json.dumps([list(columns), *map(list, rows)]))
    (folder / "server.js").write_text(_SERVER)
    (folder / "client.js").write_text(_CLIENT)
    edits = min(EDITS, len(rows))
    with _served(folder, modules) as (url, process):
        said = json.loads(_node(modules, folder, "client.js", url, str(edits), str(BATCH), str(process)))
    if (said.pop("pulled"), said.pop("pushed")) != (len(rows), edits):
        raise PeerMissing("PouchDB did not carry every row; its figures would mean nothing.")
    return Pouch(len(rows), edits, **said)


def _installed() -> Path:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise PeerMissing(
            "--peer pouchdb needs Node.js 18 or newer with npm on PATH. Install both, or leave the peer out."
        )
    home = user_cache_path("planner-benchmarks", appauthor=False) / "-".join(PACKAGES).replace("@", "_")
    if not (home / "installed").exists():
        home.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
        done = subprocess.run(  # noqa: S603 - npm, as found on PATH
            [npm, "install", *quiet, "--prefix", str(home), *PACKAGES],
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise PeerMissing(f"npm could not install {', '.join(PACKAGES)}:\n{done.stderr.strip()[-1_000:]}")
        (home / "installed").touch()
    return home / "node_modules"


@contextmanager
def _served(folder: Path, modules: Path) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(  # noqa: S603 - node, with a script of ours
        ["node", str(folder / "server.js"), str(folder), str(folder / "rows.json")],  # noqa: S607
        env=_environment(modules),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait(30)


def _node(modules: Path, folder: Path, script: str, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - node, with a script of ours
        ["node", str(folder / script), str(folder), *words],  # noqa: S607
        env=_environment(modules),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    if done.returncode:
        raise PeerMissing(f"PouchDB's program failed:\n{done.stderr.strip()[-1_000:]}")
    return done.stdout


def _environment(modules: Path) -> dict[str, str]:
    # The scripts lie with their data: node looks for packages beside them, and then here.
    return {**os.environ, "NODE_PATH": str(modules)}
