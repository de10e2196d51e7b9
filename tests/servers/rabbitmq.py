"""A RabbitMQ 3.10 of its own, set up as deploy/rabbitmq says, with an epmd of its own."""

import os
import pathlib
import signal
import subprocess

import process

STOP = signal.SIGTERM
_BIN = pathlib.Path("/usr/lib/rabbitmq/bin")
_PLUGINS = "[rabbitmq_amqp1_0,rabbitmq_auth_mechanism_ssl]."


def _environment(directory: pathlib.Path, server):
    return {
        "HOME": str(directory),  # the cookie of Erlang
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(server["epmd_port"]),
        "RABBITMQ_NODENAME": server["node"],
        "RABBITMQ_DIST_PORT": str(server["dist_port"]),
        "RABBITMQ_CONFIG_FILE": f"{directory}/rabbitmq.conf",
        "RABBITMQ_CONF_ENV_FILE": f"{directory}/none",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{directory}/enabled_plugins",
        "RABBITMQ_MNESIA_BASE": f"{directory}/mnesia",
        "RABBITMQ_LOG_BASE": f"{directory}/logs",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2",
    }


def prepare(directory: pathlib.Path, tls):
    if not (_BIN / "rabbitmq-server").exists():
        raise RuntimeError(f"{_BIN}/rabbitmq-server is missing; install rabbitmq-server")
    password, password_file = process.new_password(directory)
    ports = {name: process.free_port()
             for name in ("amqp_port", "amqps_port", "epmd_port", "dist_port")}
    (directory / "enabled_plugins").write_text(_PLUGINS + "\n")
    (directory / "rabbitmq.conf").write_text(f"""
listeners.tcp.default = 127.0.0.1:{ports["amqp_port"]}
listeners.ssl.default = 127.0.0.1:{ports["amqps_port"]}
ssl_options.cacertfile = {tls["ca"]}
ssl_options.certfile = {tls["server_cert"]}
ssl_options.keyfile = {tls["server_key"]}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
amqp1_0.default_user = none
default_user = mgc_test
default_pass = {password}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
loopback_users = none
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = warning
""")
    process.hand_over(directory)
    os.chmod(directory, 0o755)
    server = {"host": "localhost", **ports, "node": f"mgc{ports['amqp_port']}@localhost",
              "user": "mgc_test", "password": password, "password_file": password_file}
    environment = [f"{name}={value}" for name, value in _environment(directory, server).items()]
    server["ctl"] = process.as_user(["env", *environment, str(_BIN / "rabbitmqctl"), "--quiet"])
    return server


def start(directory: pathlib.Path, server):
    environment = _environment(directory, server)
    started = process.start(process.as_user([str(_BIN / "rabbitmq-server")]), directory,
                            environment)
    process.wait_ready("RabbitMQ", started, directory,
                       lambda: process.answers(server["amqps_port"]))
    process.run([*server["ctl"], "await_startup", "--timeout", "60"])
    users = process.run([*server["ctl"], "list_users", "--no-table-headers"])
    if "mgc-node" not in users:
        process.run([*server["ctl"], "add_user", "mgc-node", "unused"])
        process.run([*server["ctl"], "clear_password", "mgc-node"])
        process.run([*server["ctl"], "set_permissions", "mgc-node", ".*", ".*", ".*"])


def clean(server):
    """epmd is started by Erlang in a session of its own; it ends when told to."""
    subprocess.run(["epmd", "-port", str(server["epmd_port"]), "-kill"], capture_output=True,
                   check=False)
