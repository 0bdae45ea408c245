"""The stepper's steps: which calls, in which order, with what packet, and what is said of them.

Red with every change listed in tests/mutations/explore_steps.toml and explore_headers.toml: a step
that showed the packet as it was at its entry or after its return, calls that were folded although
they differed or were about the same packet, a result known too early, a header that was written
although its bytes were not, and a sentence taken by the first key of its table.
"""

from __future__ import annotations

import gzip
import re

import pytest
import traitlets

from lomodel import trace as tracing
from lomodel.desk import lo_up, send, send_tcp
from lomodel.explore import page, stepper, stepper_page
from lomodel.explore.headers import Group
from lomodel.explore.sentences import SENTENCES
from lomodel.explore.steps import Step, changes, declared, steps_of
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET, SOL_UDP
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.net.socket import bind, recv, sendto, setsockopt, socket_create
from lomodel.trace import Trace, watching
from lomodel.watch import watch_packets

WEIGHT = 6 * 1024
"""Bytes of a stepper over gzip."""


def watched(send_it) -> Trace:
    with watching(watch_packets()):
        return send_it()


def there_and_back() -> Trace:
    """The riddle, and the program that reads until nothing is left."""
    lo = lo_up(listening=False)
    sender, receiver = (socket_create(lo.nd_net, AF_INET, SOCK_DGRAM) for _ in range(2))
    bind(receiver, "127.0.0.1", 7001)
    setsockopt(sender, SOL_UDP, UDP_SEGMENT, 1400)
    with lo.machine.trace(packets=True) as trace:
        sendto(sender, bytes(range(250)) * 16, "127.0.0.1", 7001)
        while recv(receiver) is not None:
            pass
    return trace


SENDS = {
    "riddle": there_and_back,
    "six": lambda: watched(lambda: send(lo_up(), 4000, gso_size=1400, family="inet6")),
    "cut": lambda: watched(lambda: send(lo_up(off=["tx-udp-segmentation"]), 4000, gso_size=1400)),
    "fragments": lambda: watched(lambda: send(lo_up(), 4000)),
    "fragments over IPv6": lambda: watched(lambda: send(lo_up(), 4000, family="inet6")),
    "nobody listens": lambda: watched(lambda: send(lo_up(listening=False), 100)),
    "nobody listens over IPv6": lambda: watched(
        lambda: send(lo_up(listening=False), 100, family="inet6")
    ),
    "tcp": lambda: watched(lambda: send_tcp(lo_up(), 4000, 1400)),
}
every_send = pytest.mark.parametrize("name", SENDS)


@pytest.fixture(scope="module")
def riddle() -> list[Step]:
    return steps_of(there_and_back())


def at(steps: list[Step], call: str) -> Step:
    return next(step for step in steps if step.call == call)


def header(step: Step, name: str) -> Group:
    return next(group for group in step.groups if group.name == name)


# --- which calls ----------------------------------------------------------------------------------


def test_the_riddles_steps(riddle: list[Step]) -> None:
    names = " ".join(step.call for step in riddle)
    assert names == (
        "sendto udp_sendmsg ip_make_skb udp_send_skb ip_local_out ip_output ip_finish_output "
        "ip_finish_output2 eth_header __dev_queue_xmit validate_xmit_skb netif_skb_features "
        "gso_features_check netif_needs_gso skb_gso_ok xmit_one loopback_xmit eth_type_trans "
        "__netif_rx enqueue_to_backlog dev_lstats_add process_backlog __netif_receive_skb ip_rcv "
        "ip_local_deliver udp_rcv __skb_gso_segment udp_queue_rcv_one_skb recv recv recv recv"
    )
    assert [s.times for s in riddle if s.call == "udp_queue_rcv_one_skb"] == [3]


def test_places_and_contexts(riddle: list[Step]) -> None:
    places = {step.call: step.place for step in riddle}
    assert places["udp_sendmsg"] == places["recv"] == "protocol"
    assert places["validate_xmit_skb"] == places["enqueue_to_backlog"] == "core"
    assert places["loopback_xmit"] == places["eth_header"] == "device"
    assert places["process_backlog"] == places["udp_rcv"] == "receiver"
    later = [step.call for step in riddle if step.context]
    assert (later[0], later[-1]) == ("process_backlog", "udp_queue_rcv_one_skb")


def test_a_call_is_set_in_where_its_caller_makes_several(riddle: list[Step]) -> None:
    inside = {step.call: step.inside for step in riddle}
    assert inside["sendto"] == inside["udp_sendmsg"] == 0
    assert inside["ip_make_skb"] == inside["ip_finish_output2"] == 1
    assert inside["netif_skb_features"] == inside["skb_gso_ok"] == 4
    assert inside["process_backlog"] == 0


def test_what_is_the_same_for_the_other_pieces_is_folded() -> None:
    steps = steps_of(SENDS["cut"]())
    times = {step.call: step.times for step in steps if step.times > 1}
    assert times == {"xmit_one": 3, "__netif_receive_skb": 3}
    assert {step.fields["sk_buff"] for step in steps} == {"none yet", "no. 1", "no. 2"}
    assert at(steps, "loopback_xmit").fields["len"] == "1442"


def test_a_call_on_the_same_packet_is_not_folded() -> None:
    steps = steps_of(SENDS["cut"](), ["__dev_queue_xmit", "skb_gso_ok"])
    assert [(s.call, s.times) for s in steps] == [
        ("__dev_queue_xmit", 1),
        ("skb_gso_ok", 1),
        ("skb_gso_ok", 1),
    ]


def test_a_fragment_that_differs_is_not_folded() -> None:
    steps = steps_of(SENDS["fragments"]())
    said = [step.sentence for step in steps if step.call == "ip_defrag"]
    assert said == [SENTENCES["ip_defrag"][""]] * 2 + [SENTENCES["ip_defrag"]["packet"]]
    assert steps[-1].call == "udp_queue_rcv_one_skb" and steps[-1].fields["len"] == "4000"


# --- what they show -------------------------------------------------------------------------------


def test_a_step_shows_what_its_call_has_done(riddle: list[Step]) -> None:
    changed = {
        step.call: {name: step.fields[name] for name in names}
        for step, names in zip(riddle, changes(riddle), strict=True)
        if names and step.call != "ip_make_skb"
    }
    assert changed == {
        "udp_send_skb": {"gso_size": "1400", "gso_segs": "3", "gso_type": "0x20000 UDP_L4"},
        "ip_local_out": {"protocol": "0x0800 IPv4"},
        "ip_output": {"dev": "lo"},
        "eth_header": {"len": "4042", "data": "Ethernet"},
        "loopback_xmit": {"sk": "none"},
        "eth_type_trans": {"len": "4028", "data": "IPv4"},
        "__netif_receive_skb": {"mac_len": "14"},
        "ip_local_deliver": {"len": "4008", "data": "UDP"},
        "udp_rcv": {"len": "4042", "data": "Ethernet"},
        "__skb_gso_segment": {
            "sk_buff": "no. 2",
            "len": "1442",
            "data_len": "1400",
            "gso_size": "0",
            "gso_segs": "0",
            "gso_type": "0",
        },
        "udp_queue_rcv_one_skb": {"len": "1400", "data": "payload"},
    }


def test_bytes_are_not_there_then_new_then_taken_off(riddle: list[Step]) -> None:
    def state(call: str) -> list[tuple[bool, bool]]:
        return [(any(g.cells), g.off) for g in at(riddle, call).groups]

    # Ethernet, IPv4, UDP, payload: whether written, whether behind data.
    nothing, there, off = (False, False), (True, False), (True, True)
    assert state("sendto") == [nothing] * 4
    assert state("ip_make_skb") == [nothing, there, nothing, there]
    assert state("udp_send_skb") == [nothing, there, there, there]
    assert state("eth_header") == [there] * 4
    assert state("eth_type_trans") == [off, there, there, there]
    assert state("ip_local_deliver") == [off, off, there, there]
    assert state("udp_queue_rcv_one_skb") == [off, off, off, there]


def test_the_sum_of_what_never_left_the_host_is_never_finished(riddle: list[Step]) -> None:
    """udp4_csum_init and udp_rcv_segment leave CHECKSUM_PARTIAL as it is."""
    assert {step.fields["ip_summed"] for step in riddle[2:]} == {"PARTIAL"}


def test_bytes_are_those_of_the_frame(riddle: list[Step]) -> None:
    step = at(riddle, "xmit_one")
    assert [len(group.cells) for group in step.groups] == [14, 20, 8, 6]
    assert " ".join(header(step, "Ethernet").cells[12:]) == "08 00"
    assert " ".join(header(step, "IPv4").cells[:4]) == "45 00 0f bc"  # 4028
    assert header(step, "UDP").cells[2:6] == ("1b", "59", "0f", "a8")  # to port 7001, 4008 bytes
    assert header(step, "payload").cells == ("00", "01", "02", "03", "04", "05")
    assert header(at(riddle, "ip_make_skb"), "IPv4").cells[2:4] == ("00", "00")


@every_send
def test_fields_are_the_packets_at_the_end_of_the_step(name: str) -> None:
    """Every packet that a step shows was seen at a moment between its call and the next one."""
    trace = SENDS[name]()
    steps = steps_of(trace)
    entries = [(m.call.name, n) for n, m in enumerate(trace.moments) if not m.returned]
    place = 0
    for step in steps:
        found = [n for call, n in entries if call == step.call and n >= place]
        place = found[0]
        lengths = {str(m.packet.len) for m in trace.moments if m.packet} | {"–"}
        assert step.fields["len"] in lengths
        packet = trace.moments[place].packet
        assert packet is None or step.fields["sk_buff"] != "none yet"


def test_results_are_known_when_the_call_has_returned(riddle: list[Step]) -> None:
    number = {step.call: n for n, step in enumerate(riddle)}
    known = {step.call: (step.result, step.known) for step in riddle}
    assert known["skb_gso_ok"] == ("yes", number["skb_gso_ok"])
    assert known["netif_needs_gso"] == ("no", number["skb_gso_ok"])
    assert known["loopback_xmit"] == ("0", number["dev_lstats_add"])
    assert known["enqueue_to_backlog"] == ("accepted", number["enqueue_to_backlog"])
    assert known["sendto"] == ("4000", number["udp_queue_rcv_one_skb"])
    six = steps_of(SENDS["six"]())
    assert (at(six, "sendto").result, at(six, "sendto").known) == ("4000", len(six) - 1)
    assert [step.result for step in riddle[-4:]] == ["1400 bytes", "1400 bytes", "1200 bytes", ""]


# --- what is said ---------------------------------------------------------------------------------


@every_send
def test_every_step_says_a_whole_sentence(name: str) -> None:
    for step in steps_of(SENDS[name]()):
        assert re.match(r"[A-Z0-9`].*[.?!]$", step.sentence), step
        assert not re.search(r"[{}–]", step.sentence), step


def test_sentences_are_of_functions_that_the_model_has() -> None:
    assert SENTENCES.keys() <= {symbol.name for symbol in tracing.symbols()}
    assert declared(None) == SENTENCES == declared(SENTENCES)


def test_a_sentence_fits_what_came_of_it() -> None:
    whole, cut = (steps_of(SENDS[name]()) for name in ("six", "cut"))
    for steps, said in ((whole, "all of them are"), (cut, "not all of them are")):
        assert f": {said} set" in at(steps, "skb_gso_ok").sentence
    assert "1400 bytes a piece, 3 pieces" in at(whole, "udp_v6_send_skb").sentence
    plain = steps_of(SENDS["nobody listens"]())
    assert "pieces" not in at(plain, "udp_send_skb").sentence
    assert "no cutting" in at(plain, "netif_needs_gso").sentence
    checked = at(steps_of(SENDS["tcp"]()), "__skb_gso_segment")
    assert checked.sentence == "The packet is only checked: it passes whole."


def test_a_refusal_is_told() -> None:
    lo = lo_up()
    with lo.machine.trace(packets=True) as trace, pytest.raises(OSError):
        send(lo, 4000, gso_size=1490)
    step = steps_of(trace)[-1]
    assert step.call == "udp_send_skb" and "refuses" in step.sentence
    assert steps_of(trace)[0].result == "EMSGSIZE"


# --- a declaration --------------------------------------------------------------------------------


def test_steps_of_ones_own() -> None:
    mine = {"loopback_xmit": "The driver has {len} bytes, and says {result}.", "recv": ""}
    steps = steps_of(there_and_back(), mine)
    assert [step.call for step in steps] == ["loopback_xmit", "recv", "recv", "recv", "recv"]
    assert steps[0].sentence == "The driver has 4028 bytes, and says 0."
    assert steps[1].sentence == "The program reads one datagram: 1400 bytes."
    for one in (["ip_rcv"], "ip_rcv"):
        assert [s.call for s in steps_of(there_and_back(), one)] == ["ip_rcv"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"net_gso_ok": ""}, "net_gso_ok: no sentence is known"),
        ({"recv": "a fragment"}, "recv: expected a whole sentence, not 'a fragment'"),
        ({"ip_rcv": "It has {length} bytes."}, "'length' in .* expected one of sk_buff, len"),
        (["ip6_input"], "not called in this trace: ip6_input"),
        ({"ip_rcv": {"yes": "It does."}}, "ip_rcv: no sentence for the result '0'"),
    ],
)
def test_a_bad_declaration_says_what_was_expected(steps: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        steps_of(there_and_back(), steps)


def test_a_trace_without_packets_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected one of machine.trace\(packets=True\)"):
        stepper("plain", send(lo_up(), 100))


def test_a_trace_of_nothing_that_is_known_is_refused() -> None:
    lo = lo_up()
    with lo.machine.trace(packets=True) as trace:
        setsockopt(socket_create(lo.nd_net, AF_INET, SOCK_DGRAM), SOL_UDP, UDP_SEGMENT, 1)
    with pytest.raises(ValueError, match="not called in this trace: "):
        steps_of(trace)


# --- page and widget ------------------------------------------------------------------------------


def test_the_page_stores_what_changes() -> None:
    steps = steps_of(there_and_back())
    known = stepper_page.data(steps)
    fields: dict[str, str] = {}
    stored = 0
    for step, data in zip(steps, known, strict=True):
        fields |= data.get("fields", {})
        assert fields == step.fields
        stored += "bytes" in data
    assert stored < len(steps) / 2


@every_send
def test_a_stepper_is_light_and_the_same_from_run_to_run(name: str) -> None:
    one, two = (stepper("s", SENDS[name]())._repr_mimebundle_() for _ in range(2))
    assert one["text/html"] == two["text/html"] and one["text/plain"] == two["text/plain"]
    element = stepper_page.element("s", "S", "model", steps_of(SENDS[name]()))
    assert len(gzip.compress(element.encode())) < WEIGHT


def test_one_line_makes_a_stepper() -> None:
    made = stepper("whole", lambda: send(lo_up(), 4000, gso_size=1400), title="In <one> piece")
    assert repr(made) == "<stepper whole: 28 steps>"
    assert "      len: 4028 -> 4042" in str(made)
    html = made._repr_mimebundle_()["text/html"]
    assert 'aria-label="Step: In &lt;one&gt; piece"' in html
    assert html == page.wrap(made._html)
    assert not send(lo_up(), 100).moments


def test_a_cell_moves_it() -> None:
    made = stepper("whole", SENDS["six"]())
    made.step = 9
    assert (
        '<output name="step" aria-live="off">9 of 28</output>'
        in (made._repr_mimebundle_()["text/html"])
    )
    for bad in (0, 29):
        with pytest.raises(traitlets.TraitError, match=f"step {bad}: expected .* 1 to 28"):
            made.step = bad
    assert made.step == 9


def test_the_headers_that_come_back_before_a_cut_are_spoken_of() -> None:
    """Seen red: one sentence for every ``udp_rcv``."""
    back = "puts the headers back in front, because the cut needs them."
    for size, said in ((1400, True), (0, False)):
        with watching(watch_packets()):
            trace = send(lo_up(), 4000, gso_size=size)
        (step,) = [each for each in steps_of(trace) if each.call == "udp_rcv"]
        assert step.sentence.endswith(back) == said == (step.fields["data"] == "Ethernet")


def test_the_payload_can_be_told_from_what_nobody_has_written() -> None:
    with watching(watch_packets()):
        last = steps_of(send(lo_up(), 4000, gso_size=1400))[-1]
    payload = next(group for group in last.groups if group.name == "payload")
    assert bytes.fromhex("".join(payload.cells)).startswith(b"abcdef")
