def enqueue_to_backlog(skb, sd, dev, max_backlog):
    if not dev.running:
        dev.rx_dropped += 1
        return NET_RX_DROP
    if len(sd.input_pkt_queue) > max_backlog:
        sd.input_pkt_queue.popleft()
        sd.dropped += 1
        dev.rx_dropped += 1
    sd.input_pkt_queue.append(skb)
    if not sd.backlog_scheduled:
        sd.backlog_scheduled = True
        sd.raised += 1
    return NET_RX_SUCCESS
