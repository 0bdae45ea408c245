"""What is done to sockets: opened, bound, connected, set, read, sent on, received on, closed."""

from __future__ import annotations

from typing import Any

from lomodel.contract import PMTUDISC

from .scene import Scene, Socket

PORTS = (7001, 7001, 7001, 7002, 7003)
HOME = {"inet": ("127.0.0.1",), "inet6": ("::1",)}
WILDCARD = {"inet": "0.0.0.0", "inet6": "::"}
LOCAL = {
    "inet": ("127.0.0.1", "127.0.0.1", "0.0.0.0", "127.0.0.2", "127.1.2.3", "10.0.0.1"),
    "inet6": ("::1", "::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "2001:db8::1", "fe80::1%1"),
}
#: What reaches a wildcard address.
REACHED = {
    "inet": ("127.0.0.1", "127.0.0.1", "127.0.0.2", "127.1.2.3", "0.0.0.0"),
    "inet6": ("::1", "::1", "::", "::ffff:127.0.0.1"),
}
ELSEWHERE = {
    "inet": (
        *("8.8.8.8", "10.0.0.1", "10.0.0.77", "10.0.0.255", "10.0.0.0", "127.255.255.255"),
        *("127.0.0.0", "255.255.255.255", "0.0.0.0", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("0.0.0.7", "192.168.1.1", "169.254.1.1", "128.0.0.1"),
    ),
    "inet6": (
        *("2001:db8::1", "2001:db8::77", "2001:db8::", "fe80::1", "fe80::1%1", "ff02::1%1"),
        *("ff02::5%1", "ff02::5", "ff01::1", "ff05::7%1", "ff0e::7", "::", "::2", "::1%1"),
        *("::ffff:127.0.0.2", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "::ffff:127.255.255.255"),
        *("::ffff:239.1.1.1", "::ffff:255.255.255.255", "::127.0.0.1", "fec0::1", "fd00::1"),
    ),
}
GROUPS = {
    "inet": ("239.1.1.1", "239.1.1.1", "224.0.0.5", "239.255.0.1", "224.0.0.1"),
    "inet6": ("ff02::5", "ff02::5", "ff05::7", "ff01::9", "ff02::1", "ff0e::1:2"),
}
SIZES = (0, 1, 10, 50, 100, 500, 1000, 1400, 1472, 1452)
#: The longest payloads whose heads are so many bytes: 1024, 2048, 4096, 8192, 16384 and more.
HEADS = {"inet": (197, 645, 1669, 3717, 7813, 16004), "inet6": (184, 632, 1656, 3704, 7800, 15991)}

INTEGERS = (
    *("SO_RCVBUF", "SO_SNDBUF", "SO_BROADCAST", "SO_REUSEADDR", "SO_NO_CHECK", "UDP_SEGMENT"),
    *("UDP_GRO", "UDP_NO_CHECK6_TX", "UDP_NO_CHECK6_RX", "IP_RECVERR", "IPV6_RECVERR", "IP_TTL"),
    *("IPV6_UNICAST_HOPS", "IP_MULTICAST_LOOP", "IPV6_MULTICAST_LOOP", "IP_MULTICAST_TTL"),
    *("IPV6_MULTICAST_HOPS", "IP_MULTICAST_ALL", "IPV6_MULTICAST_ALL", "IPV6_V6ONLY"),
    "IPV6_MULTICAST_IF",
)
BUFFERS = (0, 1, 1000, 1152, 1153, 2303, 2304, 2305, 4608, 8000, 20000, 40000, 106496, 212992)
BUFFERS += (2097152, 2097153, 4194303, 4194304, 4194305, 2**30, 2**31 - 1, -1, -(2**31), -5000)
HOPS = (-2, -1, 0, 1, 2, 64, 254, 255, 256, 511, 512, 65535)
SWITCH = (0, 1, 1, 0, 1, 2, -1, 255, 256, 2**31 - 1, -(2**31), 65536)
SEGMENTS = (-1, 0, 1, 2, 10, 100, 500, 1000, 1400, 1472, 1473, 65487, 65507, 65535, 65536)
SEGMENTS += (2**31 - 1,)
RANGES = {
    "SO_RCVBUF": BUFFERS,
    "SO_SNDBUF": BUFFERS,
    "UDP_SEGMENT": SEGMENTS,
    "IP_TTL": HOPS,
    "IPV6_UNICAST_HOPS": HOPS,
    "IP_MULTICAST_TTL": HOPS,
    "IPV6_MULTICAST_HOPS": HOPS,
    "IPV6_MULTICAST_IF": (0, 1, 1, 2, -1, 7, 2**31 - 1),
}
DISCOVER = {"inet": "IP_MTU_DISCOVER", "inet6": "IPV6_MTU_DISCOVER"}
RECVERR = {"inet": "IP_RECVERR", "inet6": "IPV6_RECVERR"}
READ = (*INTEGERS, "IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER", "SO_ERROR", "IP_MTU", "IPV6_MTU")
READ += ("SO_MEMINFO",)


def receiver(scene: Scene, family: str | None = None, port: int = 7001) -> Socket:
    """A socket that is bound to a usual place."""
    sock = scene.open(family or scene.family())
    address = scene.pick(HOME[sock.family] * 3 + LOCAL[sock.family][:3])
    bind(scene, sock, address, port)
    return sock


def bind(scene: Scene, sock: Socket, address: str, port: int) -> None:
    """That socket there."""
    scene.add("bind", socket=sock.name, address=address, port=port)
    if sock.bound is None:
        sock.bound = address, port


def pair(scene: Scene, family: str | None = None) -> tuple[Socket, Socket]:
    """A receiver, and a sender."""
    one = receiver(scene, family)
    return one, scene.open(one.family)


def open_one(scene: Scene) -> None:
    """A socket more, unless there are many."""
    if len(scene.sockets) < 5:
        scene.open(scene.family())


def bind_one(scene: Scene) -> None:
    """A bind of whatever socket."""
    sock = scene.socket()
    values = LOCAL[sock.family] * 2 + ELSEWHERE[sock.family] + GROUPS[sock.family]
    port = scene.pick((*PORTS, 0, 0, 1, 7009, 32767))
    bind(scene, sock, scene.pick(values), port)


def place(scene: Scene, family: str) -> tuple[str, int]:
    """Where to send: to a socket that is bound, mostly."""
    bound = [each.bound for each in scene.sockets.values() if each.bound and _reaches(family, each)]
    how = scene.number(0, 9)
    if bound and (how < 7 or scene.homely and not scene.one_in(5)):
        address, port = scene.pick(bound)
        if address in ("0.0.0.0", "::", "::ffff:0.0.0.0") or scene.one_in(6):
            address = scene.pick(REACHED[family])
        return _written(family, address), port
    if how < 9:
        return scene.pick(HOME[family]), scene.pick((*PORTS, 7009, 7009, 0))
    return scene.pick(ELSEWHERE[family]), scene.pick((*PORTS, 0, 53))


def _reaches(family: str, sock: Socket) -> bool:
    return sock.family == family or sock.bound[0] in ("::", "0.0.0.0")


def _written(family: str, address: str) -> str:
    if family == "inet6" and ":" not in address:
        return "::ffff:" + address
    if family == "inet" and ":" in address:
        return "127.0.0.1"
    return address


def connect_one(scene: Scene) -> None:
    """A connect, or a disconnect."""
    sock = scene.socket()
    if scene.one_in(5):
        scene.add("connect", socket=sock.name, address=None)
        sock.peer = None
        return
    address, port = place(scene, sock.family)
    scene.add("connect", socket=sock.name, address=address, port=port)
    sock.peer = address, port


def payload(scene: Scene, family: str, size: int | None = None) -> int:
    """How many bytes to send: near where something changes."""
    fits = scene.fits(family)
    marks = [0, 1, 10, 100, 1000, 3000, fits, fits, 2 * fits, *HEADS[family]]
    if scene.one_in(4):
        marks += [65507, 65527, 65487, 65494, 65508, 65515, 65535, 65536, 70000, 100000]
    if size:
        marks += [size, size, 2 * size, 3 * size, 5 * size, 127 * size, 128 * size, 129 * size]
    return scene.near(marks, 0, 100000)


def segment(scene: Scene, family: str) -> int:
    """A segment size for a control message."""
    return scene.near([*SIZES, scene.fits(family), 65535], 0, 65535)


def send_one(scene: Scene) -> None:
    """A send on whatever socket."""
    send(scene, scene.socket())


def send(scene: Scene, sock: Socket, gso: int = 4, **given: Any) -> None:
    """A send on that socket; once in `gso` times with a segment size. `given`: keys as they are."""
    keys: dict[str, Any] = {}
    if "to" in given or not sock.peer or scene.one_in(4):
        if "to" in given or not scene.one_in(60 if scene.homely else 15):
            keys["to"] = list(given.get("to") or place(scene, sock.family))
    size = given.get("gso_size", segment(scene, sock.family) if scene.one_in(gso) else None)
    if size is not None:
        keys["gso_size"] = size
    count = given.get("count")
    if "count" not in given and scene.one_in(5):
        count = scene.pick((1, 2, 3, 4, 7, 20, 20, 100, 400))
    length = given.get("payload", payload(scene, sock.family, size))
    length, times = scene.affordable(length, size, count or 1)
    if count:
        keys["count"] = times
    scene.add("send", socket=sock.name, payload=length, **keys)
    scene.sent += [length, *([size] if size else [])]


def sweep(scene: Scene) -> None:
    """The same send with two or three lengths beside each other."""
    sock = scene.socket()
    first = payload(scene, sock.family)
    for length in range(first, min(first + scene.number(2, 3), 100001)):
        send(scene, sock, gso=10**6, payload=length, count=None)


def recv_one(scene: Scene) -> None:
    """A recv on whatever socket."""
    recv(scene, scene.socket())


def recv(scene: Scene, sock: Socket, **given: Any) -> None:
    """A recv on that socket."""
    keys: dict[str, Any] = {}
    if scene.one_in(4):
        keys["size"] = scene.near([0, 1, *scene.sent[-4:], 65535, 65536, 262144], 0, 262144)
    if not scene.one_in(3):
        keys["count"] = scene.pick((1, 2, 3, 5, 9, 50, 1000))
    if scene.one_in(3 if sock.errors else 30):
        keys["errqueue"] = True
    scene.add("recv", socket=sock.name, **keys | given)


def set_one(scene: Scene) -> None:
    """Any option on whatever socket."""
    set_option(scene, scene.socket())


def set_option(scene: Scene, sock: Socket, options: tuple[str, ...] = ()) -> None:
    """Any option, or one of those, on that socket; often read back."""
    how = scene.number(0, 9)
    if not options and how == 0:
        discover(scene, sock)
    elif not options and how == 1:
        odd_option(scene, sock)
    else:
        integer(scene, sock, scene.pick(options or INTEGERS))


def integer(scene: Scene, sock: Socket, option: str, value: int | None = None) -> None:
    """An integer option, set, and often read."""
    keys: dict[str, Any] = {}
    if value is None:
        marks = RANGES.get(option, SWITCH)
        value = scene.near(marks, -(2**31), 2**31 - 1) if scene.one_in(4) else scene.pick(marks)
        if scene.one_in(8):
            keys["length"] = scene.number(0, 8)
    scene.add("setsockopt", socket=sock.name, option=option, value=value, **keys)
    sock.errors |= "RECVERR" in option and bool(value)
    if scene.one_in(2):
        scene.add("getsockopt", socket=sock.name, option=option)


def discover(scene: Scene, sock: Socket, value: str | None = None) -> None:
    """Path MTU discovery."""
    option = DISCOVER[sock.family] if not scene.one_in(6) else scene.pick(list(DISCOVER.values()))
    value = value or scene.pick(PMTUDISC)
    scene.add("setsockopt", socket=sock.name, option=option, value=value)
    if scene.one_in(3):
        scene.add("getsockopt", socket=sock.name, option=option)


def odd_option(scene: Scene, sock: Socket) -> None:
    """An option whose value is no integer."""
    how = scene.number(0, 3)
    if how == 0:
        names = ("lo", "lo", "", "x", "eth0", "lo0", "a name that is too long", "fifteen-letters")
        option, value = "SO_BINDTODEVICE", scene.pick(names)
        scene.add("setsockopt", socket=sock.name, option=option, value=value)
    elif how == 1:
        multicast_interface(scene, sock)
    else:
        member(scene, sock)


def multicast_interface(scene: Scene, sock: Socket) -> None:
    """By which device groups are sent to."""
    if sock.family == "inet6" and not scene.one_in(4):
        integer(scene, sock, "IPV6_MULTICAST_IF")
        return
    value = scene.pick(("127.0.0.1", "127.0.0.1", 1, 1, 1, 0, 2, "0.0.0.0", "10.0.0.1", "8.8.8.8"))
    sock.speaks |= value in (1, "127.0.0.1")
    scene.add("setsockopt", socket=sock.name, option="IP_MULTICAST_IF", value=value)


def member(scene: Scene, sock: Socket) -> None:
    """A group joined or left."""
    family = sock.family if not scene.one_in(6) else scene.family()
    group = scene.pick(GROUPS[family])
    if scene.one_in(8):
        group = scene.pick(ELSEWHERE[family]).partition("%")[0]
    name = {"inet": "IP", "inet6": "IPV6"}[family]
    what = scene.pick(("ADD", "ADD", "ADD", "DROP"))
    value = [group, scene.pick((1, 1, 1, 0, 2))]
    scene.add("setsockopt", socket=sock.name, option=f"{name}_{what}_MEMBERSHIP", value=value)
    scene.joined |= what == "ADD"


def get_one(scene: Scene) -> None:
    """Any option read on whatever socket."""
    scene.add("getsockopt", socket=scene.socket().name, option=scene.pick(READ))


def error_of_one(scene: Scene) -> None:
    """SO_ERROR."""
    scene.add("getsockopt", socket=scene.socket().name, option="SO_ERROR")


def memory_of(scene: Scene, sock: Socket) -> None:
    """SO_MEMINFO."""
    scene.add("getsockopt", socket=sock.name, option="SO_MEMINFO")


def memory_of_one(scene: Scene) -> None:
    """SO_MEMINFO of whatever socket."""
    memory_of(scene, scene.socket())


def mtu_of_one(scene: Scene) -> None:
    """IP_MTU of whatever socket."""
    sock = scene.socket()
    option = {"inet": "IP_MTU", "inet6": "IPV6_MTU"}[sock.family]
    scene.add("getsockopt", socket=sock.name, option=option)


def close_one(scene: Scene) -> None:
    """A socket less, where there are some."""
    if scene.sockets:
        name = scene.pick(list(scene.sockets))
        del scene.sockets[name]
        scene.add("close", socket=name)


def hops_of_one(scene: Scene) -> None:
    """TTL or hop limit."""
    integer(scene, scene.socket(), scene.pick(("IP_TTL", "IPV6_UNICAST_HOPS")))


def discover_one(scene: Scene) -> None:
    """Path MTU discovery of whatever socket."""
    discover(scene, scene.socket())


def erring(scene: Scene, sock: Socket) -> None:
    """A socket that will hear of errors: connected, or with RECVERR, often at a known port."""
    if not scene.one_in(3):
        bind(scene, sock, HOME[sock.family][0], scene.pick((7002, 7003)))
    if not scene.one_in(3):
        values = HOME[sock.family] * 4 + (REACHED[sock.family][-1],)
        address, port = scene.pick(values), scene.pick((7009, 7001))
        scene.add("connect", socket=sock.name, address=address, port=port)
        sock.peer = address, port
    if scene.one_in(2):
        integer(scene, sock, RECVERR[sock.family], 1)


def errors_of_one(scene: Scene) -> None:
    """The error queue."""
    keys = {"size": scene.pick((0, 1, 10, 100))} if scene.one_in(4) else {}
    count = scene.pick((1, 1, 2, 9))
    scene.add("recv", socket=scene.socket().name, count=count, errqueue=True, **keys)


def recverr_of_one(scene: Scene) -> None:
    """RECVERR on or off; that of the other family, too."""
    sock = scene.socket()
    option = RECVERR[sock.family] if not scene.one_in(5) else scene.pick(list(RECVERR.values()))
    integer(scene, sock, option, scene.pick((1, 1, 1, 0)))


def buffer_of(scene: Scene, sock: Socket, option: str = "SO_RCVBUF") -> None:
    """A buffer, small mostly."""
    small = (0, 1, 1152, 1500, 2000, 3000, 5000, 8000, 20000, 40000, 100000)
    value = scene.near(small, 0, 300000) if not scene.one_in(5) else scene.pick(BUFFERS)
    integer(scene, sock, option, value)


def buffer_of_one(scene: Scene) -> None:
    """A buffer of whatever socket."""
    buffer_of(scene, scene.socket(), scene.pick(("SO_RCVBUF", "SO_RCVBUF", "SO_SNDBUF")))


def fill(scene: Scene) -> None:
    """Many datagrams to where a socket is bound."""
    sock = scene.socket()
    to = place(scene, sock.family)
    length = scene.near([1, 10, 100, 1000, 1400, 3000, 8000, *HEADS[sock.family]], 0, 60000)
    count = scene.pick((2, 5, 9, 20, 60, 100, 260, 400, scene.number(1, 100)))
    size = scene.pick((None, None, None, 1000, 100, max(1, length // 3)))
    if size:
        count = min(count, 20)
    send(scene, sock, 10**6, to=to, payload=length, count=count, gso_size=size)


def some(scene: Scene) -> None:
    """Some of what is queued."""
    bound = [each for each in scene.sockets.values() if each.bound] or [scene.socket()]
    keys = {"size": scene.pick((0, 1, 100, 2000))} if scene.one_in(6) else {}
    sock = scene.pick(bound)
    scene.add("recv", socket=sock.name, count=scene.pick((1, 1, 2, 3, 4, 8, 20, 100)), **keys)
    if scene.one_in(2):
        memory_of(scene, sock)


def gro_of_one(scene: Scene) -> None:
    """UDP_GRO."""
    bound = [each for each in scene.sockets.values() if each.bound] or [scene.socket()]
    integer(scene, scene.pick(bound), "UDP_GRO", scene.pick((0, 1, 1, 1, 2, -1)))


def segment_of_one(scene: Scene) -> None:
    """UDP_SEGMENT."""
    integer(scene, scene.socket(), "UDP_SEGMENT")


def segments(scene: Scene) -> None:
    """A send of several segments."""
    sock = scene.socket()
    size = scene.near([1, 10, 100, 500, 1000, 1000, 1400, scene.fits(sock.family)], 0, 65535)
    marks = [0, 1, size - 1, size, size + 1, 2 * size, 3 * size, 3000, 10 * size]
    if scene.one_in(4):
        marks += [127 * size, 128 * size, 129 * size, 65487, 65507, 65527]
    length = scene.near([min(max(each, 0), 65600) for each in marks], 0, 65600)
    count = scene.pick((None, None, None, None, 1, 2, 3))
    send(scene, sock, payload=length, gso_size=size, count=count)


def no_check(scene: Scene) -> None:
    """No sums wanted."""
    names = ("SO_NO_CHECK", "UDP_NO_CHECK6_TX", "UDP_NO_CHECK6_RX")
    integer(scene, scene.socket(), scene.pick(names), scene.pick((0, 1, 1)))


def bound_to_device(scene: Scene) -> None:
    """SO_BINDTODEVICE."""
    value = scene.pick(("lo", "x", "lo0", ""))
    scene.add("setsockopt", socket=scene.socket().name, option="SO_BINDTODEVICE", value=value)


def send_to_group(scene: Scene) -> None:
    """A send to a group, or to all; mostly by a socket that may."""
    able = [each for each in scene.sockets.values() if each.speaks]
    sock = scene.pick(able) if able and not scene.one_in(4) else scene.socket()
    joined = [
        step["value"][0] for step in scene.steps if step.get("option", "").endswith("MEMBERSHIP")
    ]
    joined = [each for each in joined if (":" in each) == (sock.family == "inet6")]
    values = [*joined, *joined, *GROUPS[sock.family]]
    if sock.family == "inet":
        values += ["127.255.255.255", "127.255.255.255", "255.255.255.255", "10.0.0.255"]
    address = scene.pick(values)
    if sock.family == "inet6" and "%" not in address and not scene.one_in(3):
        address += "%1"
    send(scene, sock, to=(address, 7001))


def connect_to_group(scene: Scene) -> None:
    """A connect to a group, or to all."""
    sock = scene.socket()
    values = GROUPS[sock.family] + (("127.255.255.255",) if sock.family == "inet" else ())
    address = scene.pick(values)
    scene.add("connect", socket=sock.name, address=address, port=7001)
    sock.peer = address, 7001


def member_of_one(scene: Scene) -> None:
    """A group joined or left by whatever socket."""
    member(scene, scene.socket())


def interface_of_one(scene: Scene) -> None:
    """By which device whatever socket sends to groups."""
    multicast_interface(scene, scene.socket())


def multicast_option(scene: Scene) -> None:
    """An option about groups."""
    names = [name for name in INTEGERS if "MULTICAST" in name]
    set_option(scene, scene.socket(), (*names, "SO_BROADCAST", "SO_REUSEADDR"))


def overfull(scene: Scene) -> None:
    """A send that is cut into more fragments than a small send buffer has room for, or nearly."""
    sock = scene.socket()
    if scene.mtu > 9000:
        scene.mtu = scene.pick((1500, 1280, 1400))
        scene.add("link", mtu=scene.mtu)
    if scene.one_in(2):
        integer(scene, sock, "SO_SNDBUF", scene.near((0, 1, 2304, 4000, 8000, 20000), 0, 30000))
    length = scene.near((3000, 5000, 9000, 12000, 20000, 40000, 65507), 1000, 65527)
    send(scene, sock, 10**6, to=place(scene, sock.family), payload=length)


def port_0(scene: Scene) -> None:
    """A socket whose port the kernel picks, with a bind or with a send."""
    sock = scene.open(scene.family()) if len(scene.sockets) < 5 else scene.socket()
    bind(scene, sock, scene.pick(LOCAL[sock.family]), 0)


def rival(scene: Scene) -> None:
    """A socket at a port that another one has, which both allow."""
    bound = [each for each in scene.sockets.values() if each.bound]
    if not bound or len(scene.sockets) > 4:
        bind_one(scene)
        return
    first = scene.pick(bound)
    sock = scene.open(first.family if not scene.one_in(3) else scene.family())
    for each in (first, sock):
        if not scene.one_in(4):
            scene.add("setsockopt", socket=each.name, option="SO_REUSEADDR", value=1)
    if scene.one_in(6):
        integer(scene, sock, "IPV6_V6ONLY", scene.pick((0, 1)))
    address = scene.pick((*REACHED[sock.family], WILDCARD[sock.family]))
    if sock.family == first.family and scene.one_in(3):
        address = first.bound[0]
    bind(scene, sock, address, first.bound[1])
    if scene.one_in(4):
        connect_one(scene)
    if scene.one_in(6):
        scene.add("setsockopt", socket=sock.name, option="SO_BINDTODEVICE", value="lo")
