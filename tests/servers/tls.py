#!/usr/bin/env python3
"""Certificates for one run of the tests, made by the openssl command: tls.py DIR"""

import pathlib
import subprocess
import sys

_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

_CONFIG = """
[ca]
default_ca = here
[here]
database = {dir}/{ca}.index
serial = {dir}/{ca}.serial
new_certs_dir = {dir}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def _make_ca(directory, name):
    _openssl("req", "-x509", *_NEW_KEY, "-days", "30", "-subj",
             f"/CN=mgc test {name}", "-keyout", directory / f"{name}.key",
             "-out", directory / f"{name}.pem")
    (directory / f"{name}.index").touch()
    (directory / f"{name}.serial").write_text("01\n")
    (directory / f"{name}.cnf").write_text(_CONFIG.format(dir=directory, ca=name))


def _issue(directory, ca, name, common_name, names="", start=None, end=None):
    key, request, certificate = (directory / f"{name}.{end_}" for end_ in ("key", "csr", "pem"))
    extensions = ["-addext", f"subjectAltName={names}"] if names else []
    _openssl("req", "-new", *_NEW_KEY, "-subj", f"/CN={common_name}",
             "-keyout", key, "-out", request, *extensions)
    dates = ["-startdate", start, "-enddate", end] if start else ["-days", "30"]
    _openssl("ca", "-batch", "-notext", "-config", directory / f"{ca}.cnf",
             "-keyfile", directory / f"{ca}.key", "-cert", directory / f"{ca}.pem",
             "-in", request, "-out", certificate, *dates)
    key.chmod(0o644)  # servers that run as other users read it; it protects nothing
    return {"cert": str(certificate), "key": str(key)}


def make(directory: pathlib.Path):
    """Makes all certificates in `directory`; returns their paths by name."""
    directory.mkdir(parents=True, exist_ok=True)
    here = "DNS:localhost,IP:127.0.0.1,IP:::1"
    _make_ca(directory, "ca")
    _make_ca(directory, "other_ca")
    paths = {"ca": str(directory / "ca.pem"), "other_ca": str(directory / "other_ca.pem")}
    issued = {
        "server": _issue(directory, "ca", "server", "localhost", here),
        "wrong_name": _issue(directory, "ca", "wrong_name", "elsewhere.example",
                             "DNS:elsewhere.example"),
        "expired": _issue(directory, "ca", "expired", "localhost", here,
                          "20200101000000Z", "20200201000000Z"),
        "client": _issue(directory, "ca", "client", "mgc-node"),
        "other_client": _issue(directory, "other_ca", "other_client", "mgc-node"),
    }
    for name, files in issued.items():
        paths[f"{name}_cert"] = files["cert"]
        paths[f"{name}_key"] = files["key"]
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tls.py DIR")
    make(pathlib.Path(sys.argv[1]))
