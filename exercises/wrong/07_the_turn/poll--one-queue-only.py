def process_backlog(sd, quota, receive):
    work = 0
    while sd.input_pkt_queue:
        receive(sd.input_pkt_queue.popleft())
        work += 1
        if work >= quota:
            return work
    sd.backlog_scheduled = False
    return work
