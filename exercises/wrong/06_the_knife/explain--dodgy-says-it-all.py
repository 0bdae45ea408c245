def explain(record):
    """Why a packet went to the code that cuts, and what came of it.

    record: a dict like RECORD, of one packet on its way into lo.
    Returns a pair of words. The first is the first reason that holds:
    "nothing" (it did not go there), "too long", "kind is off" (lo lacks what this kind of
    packet needs), "not trusted" (nothing is missing but the trust), "sum is finished".
    The second is what happened to the packet: "whole" or "cut".
    """
    if "__skb_gso_segment" not in record["functions"]:
        return "nothing", "whole"
    if record["gso_type"] & 2:
        return "not trusted", "whole"
    return "kind is off", "cut"
