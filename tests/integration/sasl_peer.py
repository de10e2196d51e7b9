#!/usr/bin/env python3
"""A broker as far as its login: TLS, then SASL, and nothing after it.

sasl_peer.py --cert PEM --key PEM [--ca PEM] --mechanisms NAME[,NAME] [--password TEXT] [--no-sasl]

Prints "port N" when it listens, then one line for each login. With --ca it wants certificates of
its clients. An unknown word of --mechanisms is offered like any other.
"""

import argparse
import socket
import ssl

_AMQP = b"AMQP\x00\x01\x00\x00"
_SASL = b"AMQP\x03\x01\x00\x00"


def _frame(descriptor, fields, count):
    body = b"\x00\x53" + bytes([descriptor, 0xC0, len(fields) + 1, count]) + fields
    return (8 + len(body)).to_bytes(4, "big") + b"\x02\x01\x00\x00" + body


def _mechanisms(names):
    symbols = b"".join(bytes([len(name)]) + name.encode() for name in names)
    return _frame(0x40, bytes([0xE0, len(symbols) + 2, len(names), 0xA3]) + symbols, 1)


def _outcome(code):
    return _frame(0x44, bytes([0x50, code]), 1)


def _read(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _login(connection, options):
    """What the client said, as one line."""
    stream = connection.makefile("rb")
    _read(stream, len(_SASL))
    if options.no_sasl:
        connection.sendall(_AMQP)
        return "without SASL"
    connection.sendall(_SASL + _mechanisms(options.mechanisms.split(",")))
    frame = _read(stream, int.from_bytes(_read(stream, 4), "big") - 4)
    if b"PLAIN" not in frame:
        connection.sendall(_outcome(0))
        return "EXTERNAL" if b"EXTERNAL" in frame else "ANONYMOUS"
    welcome = b"\x00node\x00" + options.password.encode() in frame
    connection.sendall(_outcome(0 if welcome else 1))
    return "PLAIN, the right password" if welcome else "PLAIN, another password"


def main():
    parser = argparse.ArgumentParser()
    for name in ("cert", "key", "ca", "mechanisms", "password"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--no-sasl", action="store_true")
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    if options.ca:
        context.load_verify_locations(options.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], flush=True)
    while True:
        plain, _ = listener.accept()
        plain.settimeout(20)
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                print(_login(connection, options), flush=True)
                connection.unwrap()
        except (OSError, EOFError) as error:
            print("no login:", error, flush=True)


if __name__ == "__main__":
    main()
