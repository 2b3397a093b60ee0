"""The real polkit in a mount namespace of this process's own: a bus, a daemon, rules and actions that
the rest of the machine does not see. Everything that is started afterwards is in it as well."""

import ctypes
import os
import shutil
import subprocess

from xppkg_case import read, wait_until, write

CLONE_NEWNS = 0x00020000
DAEMON = "/usr/lib/polkit-1/polkitd"
RULES, ACTIONS, BUS = "/etc/polkit-1/rules.d", "/usr/share/polkit-1/actions", "/run/dbus"
NAME = "org.freedesktop.PolicyKit1"


def why_not():
    """The reason why polkit cannot run here, or an empty text."""
    if os.geteuid() != 0:
        return "only root can run a bus and polkit"
    for program in ("pkexec", "pkttyagent", "dbus-daemon", "dbus-send", DAEMON):
        if not shutil.which(program):
            return f"there is no program {program}"
    return ""


def enter_private_mounts():
    """False where that is not allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0


class Polkit:
    """A bus and polkit with these rules (JavaScript) and, beside the system's, these actions (paths)."""

    def __init__(self, rules, actions=()):
        self.processes = []
        kept = {name: read(os.path.join(ACTIONS, name)) for name in os.listdir(ACTIONS)}
        for folder in (RULES, ACTIONS, BUS):
            os.makedirs(folder, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder], check=True)
        for name, content in kept.items():
            write(os.path.join(ACTIONS, name), content)
        for path in actions:
            shutil.copy(path, ACTIONS)
        write(os.path.join(RULES, "00-test.rules"), rules)
        self.start("dbus-daemon", "--system", "--nofork", "--nopidfile")
        wait_until(lambda: os.path.exists(os.path.join(BUS, "system_bus_socket")))
        self.start(DAEMON, "--no-debug")
        wait_until(self.answers)

    def start(self, *words):
        self.processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    @staticmethod
    def answers():
        asked = subprocess.run(
            ["dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus",
             "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:" + NAME],
            capture_output=True, text=True, check=False)
        return "true" in asked.stdout

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        for folder in (BUS, ACTIONS, RULES):
            subprocess.run(["umount", "-l", folder], check=True)
