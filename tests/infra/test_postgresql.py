"""PostgreSQL: who gets in, from where, and what they may do there. Nothing here needs a password, or changes a row."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from tests.infra.outside import first_answer

if TYPE_CHECKING:
    from testinfra.host import Host

testinfra_hosts = ["ansible://db"]

ETC = "/etc/postgresql/17/main"
# https://www.postgresql.org/docs/17/protocol-message-formats.html: SSLRequest, which every server answers with S or N.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname"
LOGINS = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres' ORDER BY rolname"
# The roles that are given something of what each owner makes, which are those of services and of readers.
GRANTEES = (
    "SELECT DISTINCT grantee::regrole::text FROM pg_default_acl, aclexplode(defaclacl) "
    "WHERE grantee <> defaclrole AND grantee <> 0 ORDER BY 1"
)


def rows(host: Host, query: str, database: str = "postgres") -> list[str]:
    """Return what the superuser gets for a query, a line a row, its columns divided by "|"."""
    with host.sudo("postgres"):
        return str(host.check_output("psql -XAtq -d %s -c %s", database, query)).splitlines()


def test_the_server_runs_and_comes_back_after_a_reboot(host: Host) -> None:
    assert host.service("postgresql@17-main").is_running
    assert host.service("postgresql").is_enabled
    assert rows(host, "SELECT current_setting('server_version_num')::int / 10000") == ["17"]


def test_it_listens_on_named_addresses_only(host: Host) -> None:
    listening = host.check_output("ss -Hltn 'sport = :5432'").split("\n")

    assert [line for line in listening if line.split()[3] in {"0.0.0.0:5432", "[::]:5432", "*:5432"}] == []
    assert any("127.0.0.1:5432" in line for line in listening)


def test_it_gives_no_answer_to_the_outside(host: Host) -> None:
    assert first_answer(host, 5432, SSL_REQUEST) is None


def test_a_service_without_its_password_is_refused(host: Host) -> None:
    database = rows(host, DATABASES)[0]
    role = rows(host, GRANTEES, database)[0]

    tried = host.run("psql -X -w -h 127.0.0.1 -U %s -d %s -c 'SELECT 1'", role, database)

    assert tried.rc == 2
    assert "no password supplied" in tried.stderr


def test_a_service_with_a_wrong_password_is_refused(host: Host) -> None:
    database = rows(host, DATABASES)[0]
    role = rows(host, GRANTEES, database)[0]

    tried = host.run("PGPASSWORD=wrong psql -X -w -h 127.0.0.1 -U %s -d %s -c 'SELECT 1'", role, database)

    assert tried.rc == 2
    assert "password authentication failed" in tried.stderr


def test_no_other_user_of_the_host_is_the_superuser(host: Host) -> None:
    with host.sudo("nobody"):
        tried = host.run("psql -X -U postgres -d postgres -c 'SELECT 1'")

    assert tried.rc == 2
    assert "Peer authentication failed" in tried.stderr


def test_everybody_proves_who_they_are(host: Host) -> None:
    assert set(rows(host, "SELECT auth_method FROM pg_hba_file_rules")) <= {"peer", "scram-sha-256"}


def test_no_rule_lets_everybody_in(host: Host) -> None:
    assert rows(host, "SELECT line_number FROM pg_hba_file_rules WHERE 'all' = ANY (user_name)") == []


def test_what_comes_from_another_host_is_encrypted(host: Host) -> None:
    plain = (
        "SELECT address FROM pg_hba_file_rules WHERE type IN ('host', 'hostnossl') "
        "AND NOT (address::inet <<= '127.0.0.0/8' OR address::inet = '::1')"
    )

    assert rows(host, plain) == []
    assert rows(host, "SHOW ssl") == ["on"]


def test_passwords_are_kept_as_scram_hashes(host: Host) -> None:
    others = "SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL AND rolpassword NOT LIKE 'SCRAM-SHA-256$%'"

    assert rows(host, others) == []
    assert rows(host, "SHOW password_encryption") == ["scram-sha-256"]


def test_only_the_superuser_has_powers(host: Host) -> None:
    powerful = (
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres' "
        "AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)"
    )

    assert rows(host, LOGINS) != []
    assert rows(host, powerful) == []


def test_a_database_is_closed_to_roles_it_was_not_opened_for(host: Host) -> None:
    open_to_all = "SELECT datname FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) "
    open_to_all += "WHERE grantee = 0 AND NOT datistemplate AND datname <> 'postgres'"

    assert rows(host, open_to_all) == []


def test_a_service_can_not_change_the_schema(host: Host) -> None:
    allowed = [
        f"{role} in {database}"
        for database in rows(host, DATABASES)
        for role in rows(host, GRANTEES, database)
        if rows(host, f"SELECT has_schema_privilege('{role}', 'public', 'CREATE')", database) != ["f"]
    ]

    assert allowed == []


def test_a_service_gets_the_rows_of_what_the_owner_makes(host: Host) -> None:
    query = (
        "SELECT string_agg(privilege_type, ',' ORDER BY privilege_type) FROM pg_default_acl, aclexplode(defaclacl) "
        "WHERE defaclobjtype = 'r' AND grantee <> defaclrole GROUP BY grantee"
    )
    given = {privileges for database in rows(host, DATABASES) for privileges in rows(host, query, database)}

    assert given
    assert given <= {"DELETE,INSERT,SELECT,UPDATE", "SELECT"}


def test_every_table_belongs_to_the_owner_of_its_database(host: Host) -> None:
    strays = (
        "SELECT relname FROM pg_class JOIN pg_database ON datname = current_database() "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner <> datdba"
    )

    assert [table for database in rows(host, DATABASES) for table in rows(host, strays, database)] == []


def test_the_monitoring_role_reads_statistics_and_no_table(host: Host) -> None:
    monitors = (
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'pg_monitor', 'MEMBER')"
    )
    readable = (
        "SELECT relname FROM pg_class, pg_roles WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND rolcanlogin AND NOT rolsuper AND pg_has_role(pg_roles.oid, 'pg_monitor', 'MEMBER') "
        "AND has_table_privilege(pg_roles.oid, pg_class.oid, 'SELECT')"
    )

    assert rows(host, monitors) != []
    assert [table for database in rows(host, DATABASES) for table in rows(host, readable, database)] == []


def test_the_settings_are_sound_and_all_in_force(host: Host) -> None:
    assert rows(host, "SELECT name FROM pg_file_settings WHERE error IS NOT NULL") == []
    assert rows(host, "SELECT line_number FROM pg_hba_file_rules WHERE error IS NOT NULL") == []
    assert rows(host, "SELECT line_number FROM pg_ident_file_mappings WHERE error IS NOT NULL") == []
    assert rows(host, "SELECT name FROM pg_settings WHERE pending_restart") == []


def test_the_buffers_leave_the_memory_to_the_others(host: Host) -> None:
    buffers = int(rows(host, "SELECT setting::bigint * 8192 FROM pg_settings WHERE name = 'shared_buffers'")[0])
    memory = int(host.check_output("awk '/^MemTotal/ {print $2 * 1024}' /proc/meminfo"))

    assert buffers < memory / 4


def test_text_is_utf_8_and_pages_have_checksums(host: Host) -> None:
    assert set(rows(host, "SELECT pg_encoding_to_char(encoding) FROM pg_database")) == {"UTF8"}
    assert rows(host, "SHOW data_checksums") == ["on"]


@pytest.mark.parametrize("setting", ["log_parameter_max_length", "log_parameter_max_length_on_error"])
def test_what_people_write_stays_out_of_the_log(host: Host, setting: str) -> None:
    assert rows(host, f"SHOW {setting}") == ["0"]


def test_no_password_is_left_in_what_the_server_remembers_of_statements(host: Host) -> None:
    remembered = "SELECT count(*) FROM pg_stat_statements WHERE query ~* 'password\\s+'''"

    assert rows(host, remembered, rows(host, DATABASES)[0]) == ["0"]


def test_no_password_is_left_in_the_log(host: Host) -> None:
    found = host.run('journalctl -q --no-pager -t postgresql --grep "PASSWORD \'" --lines 1')

    assert found.stdout == ""


@pytest.mark.parametrize("name", ["pg_hba.conf", "pg_ident.conf", "conf.d/slipway.conf"])
def test_only_root_may_change_the_configuration(host: Host, name: str) -> None:
    file = host.file(f"{ETC}/{name}")

    assert (file.user, file.group, file.mode) == ("root", "postgres", 0o640)
