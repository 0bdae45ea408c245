def order(promises):
    begin = ["devinet_ops", "mine_ops", "loopback_net_ops", "ppp_net_ops"]
    return begin, begin[::-1]
