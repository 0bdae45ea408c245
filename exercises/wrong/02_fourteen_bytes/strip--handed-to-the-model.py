from lomodel.linux.net.ethernet.eth import eth_type_trans
