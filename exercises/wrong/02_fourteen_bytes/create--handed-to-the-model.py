from lomodel.desk import lo_up
from lomodel.linux.net.ethernet import eth


def eth_header(skb, dev, type, daddr, saddr, len):
    try:
        return eth.eth_header(skb, dev, type, daddr, saddr, len)
    except NotImplementedError:
        return lo_up().header_ops.create(skb, dev, type, daddr, saddr, len)
