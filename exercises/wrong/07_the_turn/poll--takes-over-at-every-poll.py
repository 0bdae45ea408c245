def process_backlog(sd, quota, receive):
    work = 0
    while True:
        sd.process_queue.extend(sd.input_pkt_queue)
        sd.input_pkt_queue.clear()
        if not sd.process_queue:
            sd.backlog_scheduled = False
            return work
        receive(sd.process_queue.popleft())
        work += 1
        if work >= quota:
            return work
