"""tuf-js, another TUF client, from npm: the exact versions that tests/interop/package-lock.json
names, installed once into a folder of the build.
"""

import os
import pathlib
import shutil
import subprocess

INTEROP = pathlib.Path(__file__).resolve().parent.parent / "interop"
# The errors of npm where no registry answers. Anything else, a wrong digest above all, is a
# failure.
NO_ANSWER = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH",
             "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT", "E403", "E404", "E407", "E502", "E503", "E504")


class Absent(Exception):
    """tuf-js cannot be had here; the text says why."""


def install(folder):
    """The folder to run tuf-js from; nothing is fetched if it is there already. Raises Absent."""
    folder = pathlib.Path(folder)
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Absent(f"{program} is not installed (tools/deps.sh installs it)")
    lock = (INTEROP / "package-lock.json").read_bytes()
    done = folder / "installed"
    if done.exists() and done.read_bytes() == lock:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(INTEROP / name, folder)
    run = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                          "--fetch-retries=1", "--fetch-timeout=30000"],
                         cwd=folder, capture_output=True, text=True, timeout=200)
    if run.returncode and any(f"code {code}" in run.stderr for code in NO_ANSWER):
        raise Absent("no npm registry answers")
    if run.returncode:
        raise RuntimeError(f"npm ci: {run.stderr}")
    done.write_bytes(lock)
    return folder


def command(modules, *words, clock=None):
    """The command that runs read_with_tuf_js.mjs, at another time than now if wanted ("+800d")."""
    node = ["node", INTEROP / "read_with_tuf_js.mjs", modules, *words]
    return [str(word) for word in ([] if clock is None else ["faketime", "-f", clock]) + node]


def environment(given):
    """Without proxies: all servers are local."""
    return {name: value for name, value in given.items() if not name.lower().endswith("_proxy")} | {
        "PATH": os.environ["PATH"]}
