#!/usr/bin/env python3
"""A signer for xppkg-release as TRUST.md, section 6, describes it: keeps Ed25519 keys as PEM files in
a folder and signs with openssl. demo_signer.py FOLDER [MISBEHAVIOUR]"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(sys.argv[1])
MISBEHAVIOUR = sys.argv[2] if len(sys.argv) > 2 else ""


def openssl(*words):
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True).stdout


def key_object(pem):
    public = openssl("pkey", "-in", pem, "-pubout", "-outform", "DER")[-32:].hex()
    return {"keytype": "ed25519", "keyval": {"public": public}, "scheme": "ed25519"}


def key_id(key):
    return hashlib.sha256(json.dumps(key, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def sign(pem, payload):
    with tempfile.NamedTemporaryFile() as file:
        file.write(payload)
        file.flush()
        return openssl("pkeyutl", "-sign", "-inkey", pem, "-rawin", "-in", file.name).hex()


def answer(request):
    pems = sorted(FOLDER.glob("*.pem"))
    if request["request"] == "keys":
        return {"keys": [key_object(pem) for pem in pems]}
    if request["request"] != "sign":
        return {"error": "unknown request"}
    for pem in pems:
        if key_id(key_object(pem)) == request["keyid"]:
            return {"signature": sign(pem, bytes.fromhex(request["payload"]))}
    return {"error": "no such key"}


def misbehave(request):
    """A broken signer's behaviour instead of signing."""
    if request["request"] != "sign" or not MISBEHAVIOUR:
        return None
    if MISBEHAVIOUR == "silent":
        time.sleep(60)
    if MISBEHAVIOUR == "exit":
        sys.exit(3)
    return {"wrong": json.dumps({"signature": "00" * 64}), "garbage": "\x00\xff{", "list": "[]",
            "not-hex": json.dumps({"signature": "zz"}), "nothing": "", "long": "x" * 3_000_000,
            "refused": json.dumps({"error": "the card is locked"})}[MISBEHAVIOUR]


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        assert asked["xppkg_signer"] == "1.0"
        reply = misbehave(asked)
        print(reply if reply is not None else json.dumps(answer(asked)), flush=True)
