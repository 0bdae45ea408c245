def wish(hw, wanted, features, valid, requested):
    """What becomes of the wish when switches are turned, and what is to be on.

    hw, wanted, features: hw_features, wanted_features and features before the call, as numbers.
    valid, requested: the two words of the call.
    Returns two numbers: wanted_features after the call, and the word that the rules get to see.
    """
    turned = valid & hw
    wanted = ((features & hw) & ~turned) | (requested & turned)
    return wanted, (features & ~hw) | wanted
