def enqueue_to_backlog(skb, sd, dev, max_backlog):
    if len(sd.input_pkt_queue) > max_backlog:
        sd.dropped += 1
        dev.rx_dropped += 1
        return NET_RX_DROP
    if not dev.running:
        dev.rx_dropped += 1
        return NET_RX_DROP
    if not sd.input_pkt_queue:
        sd.backlog_scheduled = True
        sd.raised += 1
    sd.input_pkt_queue.append(skb)
    return NET_RX_SUCCESS
