def lacking(features, gso_type):
    """The features that a packet needs and a device lacks, as one word with their bits set.

    features: the device's word of up to 64 bits. gso_type: the packet's SKB_GSO_ bits.
    Returns an int; 0 where the device has all that the packet needs.
    """
    return gso_type & ~(features >> 16)


def why_cut(packet, features):
    """Why a packet has to go to the code that cuts; the first reason that holds, in this order.

    packet: a dict like PACKET. features: the device's word of up to 64 bits.
    Returns "" for a packet that need not go there, one that is no GSO packet included;
    "features" if the device lacks one that gso_type needs;
    "list" if the packet carries a list of others and the device lacks FRAGLIST;
    "sum" if ip_summed is neither CHECKSUM_PARTIAL nor CHECKSUM_UNNECESSARY.
    """
    if packet["gso_size"] == 0:
        return ""
    if lacking(features, packet["gso_type"]):
        return "features"
    if packet["list"] and not features & FRAGLIST:
        return "list"
    if packet["ip_summed"] not in (CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY):
        return "sum"
    return ""
