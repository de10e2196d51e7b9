#!/usr/bin/env python3
"""An Apache ActiveMQ Artemis of its own: AMQP alone, nothing made on first use.

As a program: prints where the unpacked distribution is, and fetches it the first time.
"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import tarfile
import tempfile
from xml.sax.saxutils import escape

import process

STOP = signal.SIGTERM
_VERSION = "2.40.0"
_SHA512 = ("270a00dc3028fb3b93c6aa09aa3e40fbe76015029e5308e0aac241589299a72d"
           "ac9bb50a10e7e86ad66185e2d8bc7224626810df12f1ee05694322054ad32700")
_AMQP = "protocols=AMQP;amqpCredits=1000;amqpLowCredits=300;saslMechanisms=PLAIN,EXTERNAL"
_ARTIFACT = f"org.apache.activemq:apache-artemis:{_VERSION}:tar.gz:bin"


def _cache():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "mgc"


def fetch():
    """The unpacked distribution; from Maven Central the first time, checked by its digest."""
    home = _cache() / f"apache-artemis-{_VERSION}"
    if (home / "bin" / "artemis").exists():
        return home
    _cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_cache()) as scratch:
        try:
            process.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={_ARTIFACT}",
                         f"-DoutputDirectory={scratch}"], timeout=600)
        except (OSError, RuntimeError) as failed:
            raise RuntimeError(f"Artemis {_VERSION} could not be fetched from Maven Central; are "
                               f"the package maven and the network there?\n{failed}") from failed
        archive = pathlib.Path(scratch) / f"apache-artemis-{_VERSION}-bin.tar.gz"
        digest = hashlib.sha512(archive.read_bytes()).hexdigest()
        if digest != _SHA512:
            raise RuntimeError(f"{archive.name} has SHA-512 {digest}, not {_SHA512}")
        with tarfile.open(archive) as packed:
            packed.extractall(scratch)
        unpacked = pathlib.Path(scratch) / f"apache-artemis-{_VERSION}"
        try:
            unpacked.rename(home)
        except OSError:
            if not (home / "bin" / "artemis").exists():
                raise
    return home


def _broker_xml(server, password, keystore, truststore):
    tls = (f"sslEnabled=true;keyStoreType=PKCS12;keyStorePath={keystore};"
           f"keyStorePassword={password};trustStoreType=PEM;trustStorePath={truststore};"
           "wantClientAuth=true;enabledProtocols=TLSv1.2,TLSv1.3")
    permissions = "".join(f'<permission type="{kind}" roles="amq"/>' for kind in (
        "createNonDurableQueue", "deleteNonDurableQueue", "createDurableQueue",
        "deleteDurableQueue", "createAddress", "deleteAddress", "consume", "browse", "send",
        "manage"))
    acceptors = (
        f"tcp://127.0.0.1:{server['amqp_port']}?{_AMQP}",
        f"tcp://127.0.0.1:{server['amqps_port']}?{_AMQP};{tls}")
    return f"""
      <journal-type>NIO</journal-type>
      <journal-sync-transactional>true</journal-sync-transactional>
      <journal-sync-non-transactional>true</journal-sync-non-transactional>
      <max-disk-usage>-1</max-disk-usage>
      <acceptors>
        <acceptor name="amqp">{escape(acceptors[0])}</acceptor>
        <acceptor name="amqps">{escape(acceptors[1])}</acceptor>
      </acceptors>
      <security-settings>
        <security-setting match="#">{permissions}</security-setting>
      </security-settings>
      <address-settings>
        <address-setting match="#">
          <dead-letter-address>DLQ</dead-letter-address>
          <expiry-address>ExpiryQueue</expiry-address>
          <redelivery-delay>0</redelivery-delay>
          <max-size-bytes>-1</max-size-bytes>
          <address-full-policy>PAGE</address-full-policy>
          <auto-create-queues>false</auto-create-queues>
          <auto-create-addresses>false</auto-create-addresses>
          <auto-delete-queues>false</auto-delete-queues>
          <auto-delete-addresses>false</auto-delete-addresses>
        </address-setting>
      </address-settings>
"""


def prepare(directory: pathlib.Path, tls):
    # The cache is in the home directory of the caller, whom the server does not run as.
    home = shutil.copytree(fetch(), directory / "distribution")
    password, password_file = process.new_password(directory)
    server = {"host": "localhost", "amqp_port": process.free_port(),
              "amqps_port": process.free_port(), "user": "mgc_test", "password": password,
              "password_file": password_file}
    instance = directory / "instance"
    process.run([home / "bin" / "artemis", "create", instance, "--silent", "--user", "mgc_test",
                 "--password", password, "--role", "amq", "--require-login", "--no-web",
                 "--no-amqp-acceptor", "--no-mqtt-acceptor", "--no-stomp-acceptor",
                 "--no-hornetq-acceptor", "--no-autotune", "--nio"],
                env={**os.environ, "HOME": str(directory)})
    keystore = instance / "etc" / "server.p12"
    process.run(["openssl", "pkcs12", "-export", "-in", tls["server_cert"], "-inkey",
                 tls["server_key"], "-name", "server", "-passout", f"pass:{password}", "-out",
                 keystore])
    xml = instance / "etc" / "broker.xml"
    text = xml.read_text()
    for element in ("acceptors", "security-settings", "address-settings", "journal-type",
                    "max-disk-usage"):
        text = re.sub(rf"<{element}>.*?</{element}>", "", text, flags=re.S)
    text = text.replace("</core>", _broker_xml(server, password, keystore, tls["ca"]) + "</core>")
    xml.write_text(text)
    # A client certificate logs in as its common name.
    login = instance / "etc" / "login.config"
    login.write_text("""
activemq {
  org.apache.activemq.artemis.spi.core.security.jaas.TextFileCertificateLoginModule sufficient
    reload=true
    org.apache.activemq.jaas.textfiledn.user="cert-users.properties"
    org.apache.activemq.jaas.textfiledn.role="cert-roles.properties";
  org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule sufficient
    reload=true
    org.apache.activemq.jaas.properties.user="artemis-users.properties"
    org.apache.activemq.jaas.properties.role="artemis-roles.properties";
};
""")
    (instance / "etc" / "cert-users.properties").write_text("mgc-node=CN=mgc-node\n")
    (instance / "etc" / "cert-roles.properties").write_text("amq=mgc-node\n")
    profile = instance / "etc" / "artemis.profile"
    profile.write_text(re.sub(r"-Xms\S+ -Xmx\S+", "-Xms128m -Xmx512m", profile.read_text()))
    process.hand_over(directory)
    os.chmod(directory, 0o755)
    server["ctl"] = process.as_user(["env", f"HOME={directory}",
                                     str(instance / "bin" / "artemis")])
    return server


def start(directory: pathlib.Path, server):
    if shutil.which("java") is None:
        raise RuntimeError("java is missing; install default-jre-headless")
    started = process.start(process.as_user([directory / "instance" / "bin" / "artemis", "run"]),
                            directory, {"HOME": str(directory)})
    process.wait_ready("Artemis", started, directory,
                       lambda: process.answers(server["amqps_port"]))


def clean(server):
    """Nothing of it is outside of its directory."""


if __name__ == "__main__":
    print(fetch())
