def process_backlog(sd, quota, receive):
    return broken_process_backlog(sd, quota, receive)
