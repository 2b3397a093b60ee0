"""Signs whatever a thief of a vendor's keys can: made from manifests/REPOSITORY.md and TRUST.md,
without any code of xppkg. Opens key files with libsodium itself."""

import ctypes
import ctypes.util
import hashlib
import json
import os

_sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
_sodium.sodium_init()
_ARGON2ID13 = 2


def canonical(value):
    """FORMAT.md §2.2, for the values that metadata has."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def key_id(key):
    return hashlib.sha256(canonical(key)).hexdigest()


class StolenKey:
    """The secret key of a key file."""

    def __init__(self, file, passphrase):
        with open(file, encoding="utf-8") as stream:
            sealed = json.load(stream)
        kdf, secret = sealed["kdf"], passphrase.encode()
        derived = ctypes.create_string_buffer(32)
        failed = _sodium.crypto_pwhash(
            derived, ctypes.c_ulonglong(32), secret, ctypes.c_ulonglong(len(secret)),
            bytes.fromhex(kdf["salt"]), ctypes.c_ulonglong(kdf["passes"]),
            ctypes.c_size_t(kdf["memory"]), _ARGON2ID13)
        box = bytes.fromhex(sealed["box"])
        self._secret = ctypes.create_string_buffer(64)
        failed = failed or _sodium.crypto_secretbox_open_easy(
            self._secret, box, ctypes.c_ulonglong(len(box)), bytes.fromhex(sealed["nonce"]),
            derived)
        if failed:
            raise ValueError("the passphrase does not open " + file)
        self.public = sealed["public"]
        self.id = key_id(self.public)

    def sign(self, message):
        signature = ctypes.create_string_buffer(64)
        _sodium.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)),
                                     self._secret)
        return signature.raw.hex()


def envelope(signed, *keys):
    text = canonical(signed)
    return {"signed": signed,
            "signatures": [{"keyid": key.id, "sig": key.sign(text)} for key in keys]}


class Mirror:
    """A repository whose metadata a holder of keys rewrites."""

    def __init__(self, repo):
        self.metadata = os.path.join(repo, "metadata")

    def newest(self, role):
        """The path of the newest file of a role."""
        if role == "timestamp":
            return os.path.join(self.metadata, "timestamp.json")
        names = [name for name in os.listdir(self.metadata)
                 if name.split(".", 1)[1] == role + ".json"]
        return os.path.join(self.metadata, max(names, key=lambda name: int(name.split(".")[0])))

    def read(self, role):
        with open(self.newest(role), encoding="utf-8") as stream:
            return json.load(stream)["signed"]

    def write(self, role, signed, *keys):
        """Writes a role, signed by these keys, and returns how others list it."""
        data = json.dumps(envelope(signed, *keys)).encode()
        name = "timestamp.json" if role == "timestamp" else f"{signed['version']}.{role}.json"
        with open(os.path.join(self.metadata, name), "wb") as stream:
            stream.write(data)
        return {"version": signed["version"], "length": len(data),
                "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}

    def publish(self, changes, keys, raise_by=1):
        """Writes roles with changed values {role: change(signed)}, then snapshot and timestamp over
        them. `keys`: {role: [key, …]}. Versions grow by `raise_by`."""
        snapshot, timestamp = self.read("snapshot"), self.read("timestamp")
        for role, change in changes.items():
            signed = self.read(role)
            change(signed)
            signed["version"] += raise_by
            snapshot["meta"][role + ".json"] = self.write(role, signed, *keys[role])
        if "snapshot" in keys:
            snapshot["version"] += raise_by
            timestamp["meta"]["snapshot.json"] = self.write("snapshot", snapshot, *keys["snapshot"])
        timestamp["version"] += raise_by
        self.write("timestamp", timestamp, *keys["timestamp"])
