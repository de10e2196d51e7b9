"""A MariaDB 10.11 of its own, durable as in production, with TLS."""

import os
import pathlib
import signal

import process

STOP = signal.SIGTERM


def prepare(directory: pathlib.Path, tls):
    password, password_file = process.new_password(directory)
    port = process.free_port()
    socket = pathlib.Path("/tmp") / f"mgc-mariadb-{port}.sock"  # a socket's path is short
    (directory / "my.cnf").write_text(f"""
[mariadbd]
datadir = {directory}/data
tmpdir = {directory}/tmp
socket = {socket}
port = {port}
bind-address = 127.0.0.1
pid-file = {directory}/mariadbd.pid
ssl-ca = {tls["ca"]}
ssl-cert = {tls["server_cert"]}
ssl-key = {tls["server_key"]}
tls_version = TLSv1.2,TLSv1.3
character-set-server = utf8mb4
sql_mode = STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION
innodb_flush_log_at_trx_commit = 1
innodb_buffer_pool_size = 256M
innodb_log_file_size = 256M
local_infile = 1
max_allowed_packet = 64M
max_connections = 100
default_time_zone = +13:00
init_file = {directory}/init.sql
""")
    (directory / "init.sql").write_text(
        f"CREATE USER IF NOT EXISTS 'mgc_test'@'%' IDENTIFIED BY '{password}';\n"
        "GRANT ALL PRIVILEGES ON *.* TO 'mgc_test'@'%' WITH GRANT OPTION;\n")
    # Two servers name their temporary files alike when the kernel gives both the same process id,
    # each in a namespace of its own.
    (directory / "tmp").mkdir()
    process.hand_over(directory)
    process.run(process.as_user(
        ["mariadb-install-db", f"--defaults-file={directory}/my.cnf",
         f"--datadir={directory}/data", "--auth-root-authentication-method=normal",
         "--skip-test-db", "--skip-log-bin"]))
    os.chmod(directory, 0o755)
    return {"host": "127.0.0.1", "port": port, "socket": str(socket), "user": "mgc_test",
            "password": password, "password_file": password_file, "tls": True}


def start(directory: pathlib.Path, server):
    started = process.start(
        process.as_user(["/usr/sbin/mariadbd", f"--defaults-file={directory}/my.cnf"]), directory)

    def ready():
        try:
            process.run(["mariadb", "--no-defaults", "--protocol=tcp", "-h", server["host"],
                         "-P", server["port"], "-u", server["user"],
                         f"--password={server['password']}", "-e", "SELECT 1"])
            return True
        except RuntimeError:
            return False

    process.wait_ready("MariaDB", started, directory, ready)


def clean(server):
    pathlib.Path(server["socket"]).unlink(missing_ok=True)
