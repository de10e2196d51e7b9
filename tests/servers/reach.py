"""How the programs of the project reach the servers of servers.json."""


def broker_flags(servers, broker):
    """The flags of a client of `broker`, "rabbitmq" or "artemis"."""
    server = servers[broker]
    return ["--broker", f"amqps://localhost:{server['amqps_port']}",
            "--broker-ca", servers["tls"]["ca"], "--broker-user", server["user"],
            "--broker-password-file", server["password_file"]]


def dsn(servers, database, name):
    """The string of the database `name` on "postgresql" or "mariadb"."""
    server = servers[database]
    scheme, key = ("postgresql", "dbname") if database == "postgresql" else ("mysql", "db")
    return (f"{scheme}://host={server['host']} port={server['port']} user={server['user']} "
            f"password_file={server['password_file']} {key}={name}")
