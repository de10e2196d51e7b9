-- Makes the databases of mgccomp and the account that owns what is in them. Run it once, as the
-- administrator, before `mgc db init`:
--
--   sudo mariadb < deploy/mariadb/databases.sql
--   sudo mariadb -e "ALTER USER mgc_owner IDENTIFIED BY '...' ACCOUNT UNLOCK"
--   mgc db init "mysql://host=... db=mgccomp user=mgc_owner password_file=..."
--   sudo mariadb < deploy/mariadb/roles.sql
--   sudo mariadb -e "ALTER USER mgc_owner ACCOUNT LOCK"     # until the next upgrade
--
-- The owner is an account and not a role: views and routines run with the rights of the account
-- that made them, and MariaDB gives them none of its roles. For another name of the database
-- replace mgccomp in both files; in a GRANT the underscore of a name needs its backslash.

CREATE DATABASE IF NOT EXISTS mgccomp CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE DATABASE IF NOT EXISTS mgccomp_audit CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE USER IF NOT EXISTS mgc_owner ACCOUNT LOCK;
GRANT ALL PRIVILEGES ON `mgccomp`.* TO mgc_owner;
GRANT ALL PRIVILEGES ON `mgccomp\_audit`.* TO mgc_owner;
