"""What `make kernel` is made of, as far as it can be tested without building one.

Seen red: the error not raised in the shim's `_check`; its prefix length read as the flags; a
pattern taken out of `inputs.MODEL`; `changed` comparing names only; a group left out of
`of_state`; `_check_config` without the branch for "=n"; npm's package not compared; `install` not
asking who runs it; the first line for the last in `npm.run`; i386's call not for x86_64 with 4
bytes.
"""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from lomodel import lab
from lomodel.desk import RELEASE
from lomodel.lab import tracepoints
from lomodel.source_lines import TAGS
from tools import npm
from tools.kernel import fetch, image, inputs, tree, versions
from tools.kernel import pyroute2 as shim

#: In a namespace of its own: what both ways of asking netlink say of lo, fresh, up, and deleted.
BOTH = """
import importlib.util, json, sys
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError
from lomodel.lab import device, namespace
if not namespace.may_unshare():
    namespace.become_namespace_root()
spec = importlib.util.spec_from_file_location("shim", sys.argv[1])
shim = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shim)
said = {}
for name, route_class in ("whole", IPRoute), ("shim", shim.IPRoute):
    said[name] = []
    namespace.fresh()
    for up in False, True:
        device.set_up(up)
        with route_class() as route:
            (link,) = route.link("get", index=1)
            keys = ["index", "ifi_type"]
            names = ["ifname", "mtu", "address"]
            addresses = route.get_addr(index=1)
            said[name] += [[link[key] for key in keys], [link.get(each) for each in names]]
            said[name] += [link["flags"], [[a.get("address"), a["prefixlen"]] for a in addresses]]
    with route_class() as route:
        try:
            said[name].append(route.link("del", index=1))
        except NetlinkError as error:
            said[name].append(error.code)
print(json.dumps(said))
"""


def test_the_shim_says_what_pyroute2_says() -> None:
    if reason := lab.unavailable():
        pytest.skip(str(reason))
    command = [sys.executable, "-c", BOTH, tree.SHIM]
    done = subprocess.run(command, cwd=inputs.ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["shim"] == said["whole"]
    assert len(said["whole"][7]) == 2 and said["whole"][-1] not in (0, None), said


def test_an_error_of_netlinks_has_its_number() -> None:
    with shim.IPRoute() as route, pytest.raises(NetlinkError) as caught:
        route.link("get", index=2**31 - 1)
    assert caught.value.code == errno.ENODEV


def test_what_the_guest_imports_is_an_input(tmp_path: Path) -> None:
    """Else a change of it would leave an old kernel in the book."""
    tree.put_ours(tmp_path)
    script, guest = inputs.HERE / "needed.py", inputs.HERE / "guest.py"
    command = [sys.executable, "-IS", script, guest, tmp_path]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in names if name.partition(".")[0] == "lomodel"}
    assert {"lomodel.scenario", "lomodel.lab.player", "lomodel.linux.net.ipv4.udp"} <= ours
    files = {path.relative_to(inputs.ROOT) for path in inputs.files(inputs.MODEL + inputs.PLAYER)}
    for name in ours:
        stem = name.replace(".", "/")
        assert {Path(f"{stem}.py"), Path(stem, "__init__.py")} & files, name


def test_a_kernel_is_current_until_an_input_changes(tmp_path: Path) -> None:
    folder = tmp_path / RELEASE
    assert set(inputs.changed(folder)) == set(inputs.of_state(RELEASE))  # there is none
    folder.mkdir()
    wanted = inputs.of_state(RELEASE)
    (folder / "kernel.json").write_text(json.dumps({"inputs": wanted}))
    assert inputs.is_current(folder)
    (folder / "kernel.json").write_text(json.dumps({"inputs": wanted | {"model": "another"}}))
    assert inputs.changed(folder) == ["model"] and not inputs.is_current(folder)
    (folder / "kernel.json").write_text('{"inputs": []')
    assert not inputs.is_current(folder)


def test_each_input_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A byte more in any of the files changes the input that it belongs to, and no other."""
    groups = {"model": inputs.MODEL, "player": inputs.PLAYER, "guest": inputs.GUEST}
    groups |= {"build": inputs.BOOT, "page": inputs.PAGE, "config": inputs.CONFIG}
    before = inputs.of_state(RELEASE)
    for path in inputs.files(sum(groups.values(), ())):
        copy = tmp_path / path.relative_to(inputs.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(inputs, "ROOT", tmp_path)
    assert inputs.of_state(RELEASE) == before
    for name, patterns in groups.items():
        path = inputs.files(patterns)[-1]
        path.write_bytes(path.read_bytes() + b"\n")
        after = inputs.of_state(RELEASE)
        assert [each for each in after if after[each] != before[each]] == [name]
        before = after


def test_the_sources_are_those_of_the_source_lines() -> None:
    assert versions.releases()[0] == RELEASE
    for release in versions.releases():
        source = versions.source(release)
        assert source.version.startswith(TAGS[release].removeprefix("v") + "-"), release
        assert source.package == f"linux-source-{release}"


def test_the_library_of_python_is_of_one_version() -> None:
    found = {each.version for each in versions.i386() if "python3.11" in each.package}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("got", "refused"),
    [
        ("CONFIG_NET=y\n# CONFIG_BLOCK is not set", None),
        ("CONFIG_NET=y", None),
        ("CONFIG_NET=m", "CONFIG_NET=y"),
        ("# CONFIG_NET is not set", "CONFIG_NET=y"),
        ("CONFIG_NET=y\nCONFIG_BLOCK=y", "CONFIG_BLOCK=n"),
    ],
)
def test_kconfig_must_grant_what_is_asked(got: str, refused: str | None) -> None:
    wanted = "# a comment\nCONFIG_NET=y\nCONFIG_BLOCK=n\n"
    if refused is None:
        return image._check_config(wanted, got)
    with pytest.raises(fetch.Missing, match=refused):
        image._check_config(wanted, got)


def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(fetch, "SOURCES", Path("/nowhere"))
    monkeypatch.setattr(fetch.shutil, "which", lambda name: None if name == "flex" else "/bin/true")
    with pytest.raises(fetch.Missing) as caught:
        fetch.install(RELEASE)
    text = str(caught.value)
    assert "apt install" in text and "flex" in text and "linux-source-6.12" in text
    assert "bison" not in text and "\n" not in text


def test_another_package_than_npms_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(command: list[str], cwd: Path) -> str:
        assert command[0] == "npm", "nothing of it was unpacked"
        (cwd / "v86.tgz").write_bytes(b"something else")
        return "v86.tgz\n"

    monkeypatch.setattr(npm, "run", run)
    with pytest.raises(fetch.Missing, match="has not the hash"):
        fetch.v86(tmp_path)


def test_a_program_that_fails_is_one_line() -> None:
    with pytest.raises(fetch.Missing, match="^python.* failed: so it is$"):
        fetch.run([sys.executable, "-c", "import sys; print('first'); sys.exit('so it is')"])


@pytest.mark.parametrize(
    ("machine", "pointer", "call"),
    [("x86_64", "8", 298), ("x86_64", "4", 336), ("i686", "4", 336), ("aarch64", "8", 241)],
)
def test_the_system_call_is_the_machines(
    monkeypatch: pytest.MonkeyPatch, machine: str, pointer: str, call: int
) -> None:
    monkeypatch.setattr(tracepoints.platform, "machine", lambda: machine)
    monkeypatch.setattr(tracepoints.struct, "calcsize", lambda _: int(pointer))
    assert tracepoints.this_abi().call == call


def test_an_unknown_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracepoints.platform, "machine", lambda: "m68k")
    with pytest.raises(lab.LabUnavailable, match="m68k"):
        tracepoints.this_abi()
