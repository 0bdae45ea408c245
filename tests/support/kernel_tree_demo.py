"""A tree that looks like a kernel's, with C of our own in it: what the source panels can quote."""

from __future__ import annotations

from pathlib import Path

NETDEVICE_H = """\
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_gso_ok(a, b) { is no definition here }
 */
#ifndef DEMO_H
#define DEMO_H

extern bool net_gso_ok(u64 offered, int asked);

#define netif_keep_dst(dev) \\
	do { \\
		(dev)->flag = 0; \\
	} while (0)

static inline __attribute__((pure))
bool net_gso_ok(u64 offered,
		int asked) /* } */
{
	const char *brace = "}{";
#ifdef CONFIG_DEMO
	if (offered) {
#else
	if (asked) {
#endif
		offered = brace[0] == '}';
	}
	return asked <= (int)offered && offered < 1u;
}
EXPORT_SYMBOL(net_gso_ok);

struct pcpu_lstats {
	int seen;
	struct {
		int net_gso_ok;
	} inner;
} __aligned(16);

enum {
	NET_RX_SUCCESS,	/* none */
	NET_RX_DROP,
};
#endif
"""

LOOPBACK_C = """\
// SPDX-License-Identifier: GPL-2.0
static netdev_tx_t loopback_xmit(struct sk_buff *skb, struct net_device *dev);

static const struct demo_ops loopback_ops = {
	.ndo_start_xmit = loopback_xmit,
	.ndo_other = { 1, 2, { 3 } },
};

static netdev_tx_t loopback_xmit(struct sk_buff *skb,
			struct net_device *dev)
{
	return demo(skb, dev) ? 1 : 0;
}
"""

DEV_C = "// no licence is named here\nint register_netdevice(struct demo *dev)\n{ return 0; }\n"


def make(folder: Path, version: str = "6.12.5") -> Path:
    """The tree, below ``folder``; ``version`` is what its Makefile says."""
    numbers = zip(("VERSION", "PATCHLEVEL", "SUBLEVEL"), version.split("."), strict=True)
    texts = {
        "Makefile": "".join(f"{name} = {number}\n" for name, number in numbers),
        "include/linux/netdevice.h": NETDEVICE_H,
        "drivers/net/loopback.c": LOOPBACK_C,
        "net/core/dev.c": DEV_C,
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
