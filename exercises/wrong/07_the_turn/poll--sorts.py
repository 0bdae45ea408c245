def process_backlog(sd, quota, receive):
    work = 0
    while sd.process_queue or sd.input_pkt_queue:
        sd.process_queue = deque(sorted([*sd.process_queue, *sd.input_pkt_queue]))
        sd.input_pkt_queue.clear()
        while sd.process_queue:
            receive(sd.process_queue.popleft())
            work += 1
            if work >= quota:
                return work
    sd.backlog_scheduled = False
    return work
