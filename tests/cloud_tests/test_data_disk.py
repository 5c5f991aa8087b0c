"""The data of PostgreSQL lies on a volume of its own, which outlives the host: the next one goes on with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import Cloud, tags
from tests.direct import run_script
from tests.lab.disks import link_names
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.turns import share

pytestmark = [pytest.mark.timeout(2400), share(4)]

HOST = "staging-main-1"
HOME = "/var/lib/postgresql"
BIGGER = 14  # GiB, where it was 10
STRANGER = 4242  # a number that no user has


def can_grow() -> bool:
    """Whether ext4 grows on this machine while it is mounted: its root must have CAP_SYS_RESOURCE."""
    [effective] = re.findall(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(int(effective, 16) >> 24 & 1)  # linux/capability.h


def volume(cloud: Cloud) -> dict[str, Any]:
    """Return the data's volume."""
    found = cloud.api("ec2").describe_volumes()["Volumes"]
    [mine] = [one for one in found if tags(one).get("Name") == f"{HOST}-data"]
    return dict(mine)


def told(cloud: Cloud, script: str) -> str:
    """Return what a script prints on the host."""
    return run_script(Host(Lab(cloud.lab), HOST), script).strip()


def queried(cloud: Cloud, query: str, database: str = "mailroom") -> str:
    """Return what the server answers to its superuser."""
    return told(cloud, f"sudo -u postgres psql -XAtq -v ON_ERROR_STOP=1 {database} <<'QUERY'\n{query}\nQUERY")


@dataclass(frozen=True)
class Lost:
    """An environment whose host was lost and made anew; the ids of the host that it had, and of the volume."""

    cloud: Cloud
    instance: str
    volume: str


@pytest.fixture(scope="module")
def anew(small: Cloud) -> Lost:
    """Return staging after its host was lost while it had work, and made anew, with a bigger disk where that can be.

    The data is another user's by then: the number of postgres is another one on each host.
    """
    before = Lost(small, small.instances()[HOST]["InstanceId"], volume(small)["VolumeId"])
    made = ["SET ROLE mailroom_owner", "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('zürich')"]
    queried(small, ";\n".join(made))
    told(small, f"systemctl kill --signal=KILL postgresql@17-main; sleep 1; chown -R {STRANGER}:{STRANGER} {HOME}/17")
    small.api("ec2").terminate_instances(InstanceIds=[before.instance])
    if can_grow():
        small.settings["cloud_hosts"]["main"]["data_disk_gb"] = BIGGER
    small.worked("provision.yml")
    small.worked("site.yml")
    return before


def test_the_cluster_lies_on_the_volume(small: Cloud) -> None:
    data = queried(small, "SHOW data_directory")
    device = told(small, f"readlink -f /dev/disk/by-id/{link_names(volume(small)['VolumeId'])[0]}")

    assert told(small, f"stat -c %m {data}") == HOME
    assert told(small, f"findmnt -no SOURCE,FSTYPE --mountpoint {HOME}").split() == [device, "ext4"]
    assert "noatime" in told(small, f"findmnt -no OPTIONS --mountpoint {HOME}").split(",")


def test_it_is_back_after_a_reboot_before_postgresql_starts(small: Cloud) -> None:
    Host(Lab(small.lab), HOST).reboot()

    assert told(small, f"stat -c %m {HOME}/17/main") == HOME
    assert queried(small, "SELECT 1") == "1"


def test_a_host_that_is_made_anew_has_its_predecessor_s_data(anew: Lost) -> None:
    assert anew.cloud.instances()[HOST]["InstanceId"] != anew.instance
    assert volume(anew.cloud)["VolumeId"] == anew.volume
    assert queried(anew.cloud, "SELECT word FROM kept") == "zürich"


def test_the_data_is_this_host_s_postgres_again(anew: Lost) -> None:
    others = told(anew.cloud, f"find {HOME}/17 ! -user postgres -o ! -group postgres")

    assert others == ""


def test_the_applications_roles_get_in_with_their_passwords_and_over_tls(anew: Lost) -> None:
    password = anew.cloud.settings["vault_postgresql_service_password"]
    login = f"PGPASSWORD={password} psql -XAtq 'host=127.0.0.1 sslmode=require user=mailroom dbname=mailroom'"

    assert told(anew.cloud, f"{login} <<< 'TABLE kept'") == "zürich"


def test_what_initdb_set_once_is_still_so(anew: Lost) -> None:
    query = "SELECT current_setting('default_text_search_config'), current_setting('lc_messages')"

    assert queried(anew.cloud, query) == "pg_catalog.english|C.UTF-8"
    assert queried(anew.cloud, "SHOW data_checksums") == "on"


@pytest.mark.skipif(not can_grow(), reason="root of this machine has no CAP_SYS_RESOURCE")
def test_a_disk_that_was_given_more_is_used_whole(anew: Lost) -> None:
    size = int(told(anew.cloud, f"findmnt -bno SIZE --mountpoint {HOME}"))

    assert size > (BIGGER - 1) << 30
