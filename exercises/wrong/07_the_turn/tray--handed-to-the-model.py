from lomodel.linux.net.core import dev as core


def enqueue_to_backlog(skb, sd, dev, max_backlog):
    lo = lo_up()
    lo.machine.netdev_max_backlog = max_backlog
    lo.machine.softnet[0].input_pkt_queue = sd.input_pkt_queue
    return core.enqueue_to_backlog(caught(100)[1], 0)
