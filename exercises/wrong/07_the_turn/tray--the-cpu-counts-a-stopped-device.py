def enqueue_to_backlog(skb, sd, dev, max_backlog):
    if len(sd.input_pkt_queue) > max_backlog or not dev.running:
        sd.dropped += 1
        dev.rx_dropped += 1
        return NET_RX_DROP
    sd.input_pkt_queue.append(skb)
    if not sd.backlog_scheduled:
        sd.backlog_scheduled = True
        sd.raised += 1
    return NET_RX_SUCCESS
